"""Samples of a load, figures of its window, objectives, and the files that a load leaves."""
