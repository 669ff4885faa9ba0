"""Verbs on records, one use case each."""
