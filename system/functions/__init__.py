"""The functions `users/create` and `users/user`: pure state machines, the StateFun binding, the server."""
