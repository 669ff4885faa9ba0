"""What may stand in an address."""

from typing import Final

from flask import Flask
from werkzeug.routing import IntegerConverter, Map

LARGEST: Final = 2**63 - 1
"""Databases count no further, and would fail instead of finding nothing."""


class RowNumber(IntegerConverter):
    """``<int:…>``: as large as a database's numbers, unless the address sets a limit of its own."""

    def __init__(self, map: Map, *args: int, **limits: int) -> None:
        super().__init__(map, *args, **{"max": LARGEST, **limits})  # type: ignore[arg-type]  # mixed kinds


def init_addresses(app: Flask) -> None:
    """Before any address is registered."""
    app.url_map.converters["int"] = RowNumber
