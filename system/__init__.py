"""The system under test: HTTP in, Kafka, stateful functions on Flink, Kafka, HTTP out."""
