"""The API's furniture: tokens at the door, problem+json, requests that may be sent twice, the OpenAPI description."""
