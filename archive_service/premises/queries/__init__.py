"""Reads of premises, as frozen rows."""
