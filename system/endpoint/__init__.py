"""HTTP in, a record to the function it concerns, its reply, HTTP out."""
