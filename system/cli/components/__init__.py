"""The commands `component NAME`: one module per component."""
