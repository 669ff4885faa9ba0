"""Verbs on premises: one use case each."""
