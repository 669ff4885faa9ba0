"""The work bench: what waits for whom, how the service is, and whether all its parts fit together."""
