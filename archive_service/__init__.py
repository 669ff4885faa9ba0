"""The archive service: one folder per capability, floors that only import downwards (see docs/map.md)."""
