"""Reads of records, as frozen rows."""
