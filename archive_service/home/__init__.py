"""The work bench: what waits for a person, today's figures, the state of the service."""
