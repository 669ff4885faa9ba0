"""Measurements, and the pages they are made on."""
