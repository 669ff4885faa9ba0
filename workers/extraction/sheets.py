"""Big sheets through libvips, which streams: 139 megapixels in 70–90 MB where Pillow needs 300–530."""

import os
from pathlib import Path
from typing import Final

# Read when the library is loaded. One core is ours, and each further thread is eight megabytes of address space.
os.environ["VIPS_CONCURRENCY"] = "1"

import pyvips
from PIL import Image

pyvips.block_untrusted_set(True)
pyvips.cache_set_max_mem(0)

TILE: Final = 254
OVERLAP: Final = 1
_QUALITY: Final = 80


def shrunk(path: Path, page: int | None, long: int) -> Image.Image:
    """The picture upright by its EXIF, long side at most ``long`` pixels, in L or RGB.

    ``page`` counts from 1; None for formats without pages. Raises pyvips.Error for a broken file.
    """
    image = _opened(path, page, "sequential")
    scale = min(1.0, long / max(image.width, image.height))
    if scale < 1.0:
        image = image.resize(scale)
    return _as_pillow(image.copy_memory().autorot())


def pyramid(image: "pyvips.Image", rotation: int) -> bytes:
    """The Deep Zoom pyramid of the picture turned clockwise, as a ZIP of stored JPEG tiles."""
    if rotation:
        image = image.rot(f"d{rotation}")
    return bytes(
        image.dzsave_buffer(
            imagename="page",
            layout="dz",
            suffix=f".jpg[Q={_QUALITY},keep=none]",
            tile_size=TILE,
            overlap=OVERLAP,
            depth="onepixel",
            container="zip",
            compression=0,
        )
    )


def from_file(path: Path, page: int | None) -> "pyvips.Image":
    """A file's page, upright by its EXIF, in 8 bits. ``page`` counts from 1; None for formats without pages."""
    return _opened(path, page, "random").autorot()


def from_pixels(pixels: bytes | memoryview, width: int, height: int, bands: int) -> "pyvips.Image":
    """Grey or red-green-blue pixels, rows without gaps; they aren't copied and must stay as they are."""
    image = pyvips.Image.new_from_memory(pixels, width, height, bands, "uchar")
    return image.copy(interpretation="b-w" if bands == 1 else "srgb")


def _opened(path: Path, page: int | None, access: str) -> "pyvips.Image":
    chosen = {} if page is None else {"page": page - 1}
    return _flat(pyvips.Image.new_from_file(str(path), access=access, **chosen))


def _flat(image: "pyvips.Image") -> "pyvips.Image":
    if image.hasalpha():
        image = image.flatten(background=255)
    return image.colourspace("b-w" if image.bands == 1 else "srgb").cast("uchar")


def _as_pillow(image: "pyvips.Image") -> Image.Image:
    mode = "L" if image.bands == 1 else "RGB"
    return Image.frombuffer(mode, (image.width, image.height), image.write_to_memory(), "raw", mode, 0, 1)
