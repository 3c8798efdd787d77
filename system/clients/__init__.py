"""Kafka clients, one module each, behind one protocol."""
