"""Verbs on scans."""
