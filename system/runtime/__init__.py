"""The runtime: Kafka, Flink, the functions and the endpoint as child processes of one supervisor."""
