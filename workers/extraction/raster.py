"""Pictures and multi-page TIFFs: Pillow up to 20 megapixels, libvips for the sheets above."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from PIL import Image, ImageOps, ImageSequence, UnidentifiedImageError

from workers.extraction.limits import Limits
from workers.extraction.sniff import Kind
from workers.extraction.source import FullPicture, plain, scan_message
from workers.extraction.values import Inspection, Reason, Unreadable
from workers.extraction.wire import Message

# The service's own bound is checked first; Pillow's would refuse honest drawings at 89 megapixels.
Image.MAX_IMAGE_PIXELS = None
_FORMATS: Final = {
    Kind.JPEG: "JPEG",
    Kind.PNG: "PNG",
    Kind.TIFF: "TIFF",
    Kind.WEBP: "WEBP",
    Kind.BMP: "BMP",
    Kind.HEIC: "HEIF",
}
_VIPS_KINDS: Final = frozenset({Kind.JPEG, Kind.PNG, Kind.TIFF})
_VIPS_ABOVE: Final = 20_000_000
_READING_LONG: Final = 3508  # A4 at 300 dpi
_READING_DPI: Final = 200
_READING_BIG_LONG: Final = 11_000
_ORIENTATION: Final = 0x0112


class RasterSource:
    """An opened picture file."""

    def __init__(self, path: Path, kind: Kind, limits: Limits) -> None:
        self._path = path
        self._kind = kind
        self._limits = limits
        if kind is Kind.HEIC:
            import pillow_heif

            pillow_heif.register_heif_opener()
        with _as_broken():
            self._image = Image.open(path, formats=[_FORMATS[kind]])
            self._refuse_giant()
        self._pages = self._count()

    def inspect(self, *, thoroughly: bool) -> Inspection:
        return Inspection(self._kind.value, self._pages, (), None)

    def page(self, number: int, *, scan: bool, spot: bool) -> Message:
        with _as_broken():
            self._turn_to(number)
            full = self._size()
            long_mm = self._long_mm()
            long = _READING_LONG
            if long_mm is not None and long_mm > 420:
                long = min(_READING_BIG_LONG, round(long_mm / 25.4 * _READING_DPI))
            return scan_message(self._at_most(number, long), long_mm, full)

    def picture(self, number: int) -> Image.Image:
        with _as_broken():
            self._turn_to(number)
            return plain(self._at_most(number, _READING_LONG))

    def full(self, number: int) -> FullPicture:
        with _as_broken():
            self._turn_to(number)
            page = plain(self._at_most(number, max(self._image.size)))
        return FullPicture(page.tobytes(), page.width, page.height, len(page.getbands()))

    @property
    def kind(self) -> Kind:
        """The file's format."""
        return self._kind

    def content(self) -> bytes:
        """The file as it is."""
        return self._path.read_bytes()

    def inches(self, number: int) -> tuple[float, float]:
        """Width and height of the sheet as shown; one that doesn't say is taken for as long as A4."""
        width, height = self.size(number)
        with _as_broken():
            long_mm = self._long_mm() or 297.0
        scale = long_mm / 25.4 / max(width, height)
        return width * scale, height * scale

    def is_big(self, number: int) -> bool:
        """Whether a page should go through libvips from file to tiles."""
        with _as_broken():
            self._turn_to(number)
        return self._kind in _VIPS_KINDS and self._pixels() > _VIPS_ABOVE

    def orientation(self, number: int) -> int:
        """The EXIF orientation, 1..8, that viewers apply."""
        with _as_broken():
            self._turn_to(number)
            value = self._image.getexif().get(_ORIENTATION, 1)
        return value if isinstance(value, int) and 1 <= value <= 8 else 1

    def size(self, number: int) -> tuple[int, int]:
        """Width and height in pixels, as viewers show the page."""
        with _as_broken():
            self._turn_to(number)
            return self._size()

    def _count(self) -> int:
        if self._kind is not Kind.TIFF:
            return 1  # further frames of a PNG or WebP move; of a HEIC they are a burst
        count = 0
        with _as_broken():
            for _ in ImageSequence.Iterator(self._image):
                count += 1
                if count > self._limits.pages:
                    raise Unreadable(Reason.TOO_MANY_PAGES)
            self._image.seek(0)
        return count

    def _turn_to(self, number: int) -> None:
        if self._pages > 1 or self._image.tell():
            self._image.seek(number - 1)
        elif self._image.fp is None or getattr(self._image, "_im", None) is not None:
            # A picture once decoded stays in memory; a fresh one is smaller and can be drafted.
            self._image.close()
            self._image = Image.open(self._path, formats=[_FORMATS[self._kind]])
        self._refuse_giant()

    def _refuse_giant(self) -> None:
        if self._pixels() > self._limits.pixels_per_page:
            raise Unreadable(Reason.TOO_MANY_PIXELS, str(self._pixels()))
        if min(self._image.size) < 1:
            raise Unreadable(Reason.BROKEN, "a picture without pixels")

    def _pixels(self) -> int:
        return self._image.width * self._image.height

    def _size(self) -> tuple[int, int]:
        width, height = self._image.size
        return (
            (height, width) if self._image.getexif().get(_ORIENTATION, 1) in (5, 6, 7, 8) else (width, height)
        )

    def _long_mm(self) -> float | None:
        """The sheet's long side by the file's own resolution, where that is one of a scanner."""
        long = max(self._image.size)
        dpi = self._image.info.get("dpi")
        if isinstance(dpi, tuple) and len(dpi) == 2 and all(isinstance(value, int | float) for value in dpi):
            resolution = float(dpi[0])
            if 100 <= resolution <= 1200:
                return long / resolution * 25.4
        # A drawing scanner that didn't say. Cameras make JPEG and HEIC, and no sheet that big.
        if self._kind in (Kind.TIFF, Kind.PNG) and long > 6000:
            return long / 300 * 25.4
        return None

    def _at_most(self, number: int, long: int) -> Image.Image:
        if self._kind in _VIPS_KINDS and self._pixels() > _VIPS_ABOVE:
            from workers.extraction.sheets import shrunk

            return shrunk(self._path, number if self._kind is Kind.TIFF else None, long)
        scale = min(1.0, long / max(self._image.size))
        size = max(1, round(self._image.width * scale)), max(1, round(self._image.height * scale))
        exif = self._image.getexif()
        self._image.draft("RGB", size)  # a JPEG is decoded smaller at once
        page = _flat(self._image)
        if page.size != size:
            page = page.resize(size, Image.Resampling.BILINEAR, reducing_gap=2.0)
        if exif.get(_ORIENTATION, 1) != 1:
            page.getexif()[_ORIENTATION] = exif[_ORIENTATION]
            page = ImageOps.exif_transpose(page)
        return page


def _flat(image: Image.Image) -> Image.Image:
    """In L or RGB, on white where it is transparent."""
    if image.mode in ("I;16", "I;16B", "I;16L"):
        return image.point(lambda value: value / 256).convert("L")
    if image.mode in ("I", "F"):
        low, high = (float(value) for value in image.getextrema())  # type: ignore[arg-type]  # one band: two numbers
        spread = max(1e-6, high - low)
        return image.point(lambda value: value * (255 / spread) - low * 255 / spread).convert("L")
    if image.mode == "1":
        return image.convert("L")
    if image.has_transparency_data:
        colours = image.convert("RGBA")
        paper = Image.new("RGB", image.size, "white")
        paper.paste(colours, mask=colours.getchannel("A"))
        return paper
    return image.convert("L" if image.mode == "L" else "RGB")


@contextmanager
def _as_broken() -> Iterator[None]:
    """Whatever Pillow makes of a broken picture means: broken. Its warnings about one mean nothing to us."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except (Unreadable, MemoryError):
        raise
    except (
        UnidentifiedImageError,
        OSError,
        ValueError,
        TypeError,
        EOFError,
        SyntaxError,
        KeyError,
        IndexError,
    ) as error:
        raise Unreadable(Reason.BROKEN, f"a picture that can't be decoded: {type(error).__name__}") from error
    except Exception as error:
        # Decoders raise what they like (struct.error, ZeroDivisionError, libvips' own).
        raise Unreadable(Reason.BROKEN, f"a picture that can't be decoded: {type(error).__name__}") from error
