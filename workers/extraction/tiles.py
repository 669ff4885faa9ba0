"""A page as a Deep Zoom pyramid in one ZIP file, so that a viewer fetches only what it shows."""

import os
from pathlib import Path

from workers.extraction.raster import RasterSource
from workers.extraction.sniff import Kind
from workers.extraction.source import Source


def write_tiles(source: Source, path: Path, number: int, rotation: int, out: int) -> tuple[int, int]:
    """Writes to the open file ``out``; the full picture's width and height, as turned.

    Raises Unreadable; OSError if ``out`` can't be written.
    """
    # libvips starts threads, so it is loaded in a child that has its document already and forks no more.
    from workers.extraction import sheets

    if isinstance(source, RasterSource) and source.is_big(number):
        image = sheets.from_file(path, number if source.kind is Kind.TIFF else None)
    else:
        full = source.full(number)
        image = sheets.from_pixels(full.pixels, full.width, full.height, full.bands)
    content = memoryview(sheets.pyramid(image, rotation))
    width, height = (image.height, image.width) if rotation in (90, 270) else (image.width, image.height)
    while content:
        content = content[os.write(out, content) :]
    return width, height
