"""The charts of the report: one file per chart, from the numbers to a matplotlib figure."""
