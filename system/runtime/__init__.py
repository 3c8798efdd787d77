"""The embedded Kafka broker and Flink as child processes: installed, rendered, started, watched, stopped."""
