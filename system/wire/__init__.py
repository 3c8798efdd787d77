"""What both ends of Kafka share: topic names, protobuf messages, the partitioner."""
