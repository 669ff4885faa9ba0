"""Reads of places and of what lies there: frozen rows, a constant number of statements."""
