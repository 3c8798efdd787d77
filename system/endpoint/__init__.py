"""HTTP endpoint: a request becomes a record for a function, the function's reply becomes the response."""
