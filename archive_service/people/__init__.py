"""Persons who sign in: roles, tokens, sessions."""
