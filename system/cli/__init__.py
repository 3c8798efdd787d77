"""The command line `python -m system`: one module per command."""
