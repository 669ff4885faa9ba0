"""The font that tests draw their pages with."""

from bench.fonts import chinese_font

__all__ = ["chinese_font"]
