"""The stored documents of a run, their schema and its migrations."""
