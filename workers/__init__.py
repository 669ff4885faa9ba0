"""The background: what follows an upload, and what the clock asks for. No Flask; everything it does is a service's verb."""
