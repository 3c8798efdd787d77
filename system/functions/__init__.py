"""Functions `users/create` and `users/user`: pure state machines, StateFun binding, HTTP server."""
