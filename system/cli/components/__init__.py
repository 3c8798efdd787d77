"""The parts that can be run alone: one module a part."""
