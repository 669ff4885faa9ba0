"""New PDFs of pages that other documents have: PDF pages copied as they are, JPEGs put in as they are, other pictures
without loss.
"""

import io
import json
import os
from collections.abc import Sequence
from contextlib import suppress
from itertools import groupby
from pathlib import Path
from typing import Final

import pypdfium2
from PIL import Image

from workers.extraction.pdf import PdfSource
from workers.extraction.raster import RasterSource
from workers.extraction.sniff import Kind
from workers.extraction.source import Source
from workers.extraction.values import Leaf, Reason, Unreadable
from workers.extraction.wire import WireError

MOST_LEAVES: Final = 2000
_EXIF_TURNS: Final = {1: 0, 3: 180, 6: 90, 8: 270}


class Composer:
    """Documents that pages are taken of, and the new ones that are made of them."""

    def __init__(self, first: Source, path: Path) -> None:
        self._sources: list[tuple[Source, Path]] = [(first, path)]

    def add_source(self, source: Source, path: Path) -> None:
        self._sources.append((source, path))

    def write(self, leaves: Sequence[Leaf], out: int) -> int:
        """Writes one PDF to the open file ``out``; how many bytes.

        Raises Unreadable: a page can't be copied, or its kind of file has none.
        """
        made = pypdfium2.PdfDocument.new()
        try:
            for source, run in groupby(leaves, key=lambda leaf: leaf[0]):
                self._add(made, source, list(run))
            with os.fdopen(os.dup(out), "wb") as file:
                made.save(file)
                return file.tell()
        except pypdfium2.PdfiumError as error:
            raise Unreadable(Reason.BROKEN, "a page can't be copied") from error
        finally:
            made.close()

    def _add(self, made: pypdfium2.PdfDocument, number: int, leaves: Sequence[Leaf]) -> None:
        source, path = self._sources[number]
        if isinstance(source, PdfSource):
            before = len(made)
            made.import_pages(source.document, [page - 1 for _, page, _ in leaves])
            if len(made) != before + len(leaves):
                raise Unreadable(Reason.BROKEN, "a page can't be copied")
            for at, (_, _, turn) in enumerate(leaves):
                if turn:
                    _turn(made, before + at, turn)
        elif isinstance(source, RasterSource):
            for _, page, turn in leaves:
                _add_picture(made, source, path, page, turn)
        else:
            raise Unreadable(Reason.UNSUPPORTED, "a file without pages that could be taken out")


def read_leaves(text: str, sources: int) -> list[Leaf]:
    """What the reader sends; it is checked there, and here once more. Raises WireError."""
    leaves = json.loads(text)
    if not isinstance(leaves, list) or not 1 <= len(leaves) <= MOST_LEAVES:
        raise WireError("no pages to put together")
    for leaf in leaves:
        if (
            not isinstance(leaf, list)
            or len(leaf) != 3
            or not all(isinstance(number, int) for number in leaf)
            or not 0 <= leaf[0] < sources
            or not 1 <= leaf[1] <= 1_000_000
            or leaf[2] not in (0, 90, 180, 270)
        ):
            raise WireError("a page that makes no sense")
    return [(one[0], one[1], one[2]) for one in leaves]


def _turn(made: pypdfium2.PdfDocument, at: int, turn: int) -> None:
    page = made[at]
    page.set_rotation((page.get_rotation() + turn) % 360)
    page.close()


def _add_picture(
    made: pypdfium2.PdfDocument, source: RasterSource, path: Path, number: int, turn: int
) -> None:
    orientation = source.orientation(number)
    image = pypdfium2.PdfImage.new(made)
    exif = 0
    loaded = False
    if source.kind is Kind.JPEG and orientation in _EXIF_TURNS:
        with suppress(pypdfium2.PdfiumError):
            image.load_jpeg(io.BytesIO(path.read_bytes()), inline=True)
            loaded, exif = True, _EXIF_TURNS[orientation]
    if not loaded:
        _load_lossless(image, source, number)
    width, height = source.inches(number)
    if exif in (90, 270):
        width, height = height, width
    page = made.new_page(width * 72, height * 72)
    image.set_matrix(pypdfium2.PdfMatrix().scale(width * 72, height * 72))
    page.insert_obj(image)
    page.gen_content()
    page.set_rotation((exif + turn) % 360)
    page.close()


def _load_lossless(image: pypdfium2.PdfImage, source: RasterSource, number: int) -> None:
    """Every pixel as it is shown."""
    full = source.full(number)
    mode = "L" if full.bands == 1 else "RGB"
    picture = Image.frombuffer(mode, (full.width, full.height), bytes(full.pixels), "raw", mode, 0, 1)
    bitmap = pypdfium2.PdfBitmap.from_pil(picture)
    image.set_bitmap(bitmap)
    bitmap.close()
