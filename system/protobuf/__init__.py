"""The records on the topics: `users.proto` and what protoc makes of it."""
