"""The report's pictures: each takes its values from the results, and says in plain words how to read it."""
