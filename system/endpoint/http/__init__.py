"""HTTP side of the endpoint: routes, parameters, responses and their OpenAPI description."""
