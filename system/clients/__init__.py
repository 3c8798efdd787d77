"""Kafka clients: one module per library, one interface."""
