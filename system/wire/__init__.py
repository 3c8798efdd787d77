"""Topic names, protobuf messages and partitioner, shared by the endpoint and the functions."""
