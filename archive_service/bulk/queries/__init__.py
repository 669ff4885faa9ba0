"""Reads of imports, edits and exports."""
