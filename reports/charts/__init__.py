"""The report's charts: one file per chart, from values to a matplotlib figure."""
