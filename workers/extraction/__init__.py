"""Untrusted bytes to pages of text and images, in bounded child processes.

``Reader`` is the door. It starts a forking parent, which forks one child a document (limited in memory, time and
files, cut off from the network), and recognisers, which see decoded pixels only. Pure: no database, no storage,
no queue. A document's bytes are opened nowhere else in the service.
"""

from workers.extraction.limits import Limits
from workers.extraction.reader import Reader
from workers.extraction.values import (
    Inspection,
    PageLooks,
    PageReading,
    PageText,
    Reason,
    TileInfo,
    Unreadable,
)

__all__ = [
    "Inspection",
    "Limits",
    "PageLooks",
    "PageReading",
    "PageText",
    "Reader",
    "Reason",
    "TileInfo",
    "Unreadable",
]
