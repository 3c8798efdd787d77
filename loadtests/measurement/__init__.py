"""Samples of a load, their percentiles and figures, objectives, and CPU time of processes."""
