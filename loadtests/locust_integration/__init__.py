"""The load within Locust: its options, events, workers, tables and web page."""
