"""The binding to Locust: its processes, options, events, statistics and web page."""
