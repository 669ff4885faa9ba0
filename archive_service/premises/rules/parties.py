"""Owners, tenants and the like: who they are, what they hold of a unit. Source: domain/metadata.md §3, §7."""
