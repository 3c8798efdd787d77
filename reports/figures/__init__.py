"""The report's pictures: each a pure function from plain values to a matplotlib figure."""
