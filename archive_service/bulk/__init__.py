"""Many papers at once: brought in with a table, described anew together, taken out as a list or with their originals.

Nothing here has rules of its own for a single paper: each goes through the same verbs as one that comes alone.
"""
