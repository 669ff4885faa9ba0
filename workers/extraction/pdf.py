"""PDF pages through PDFium: text with places, pictures, rasters for recognition."""

import logging
import math
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import pypdfium2
import pypdfium2.raw as pdfium
from PIL import Image

from workers.extraction.limits import Limits
from workers.extraction.pdf_forms import with_fields
from workers.extraction.pdf_layer import Line, spots_of, text_of
from workers.extraction.pdf_places import WHOLE, Besides, annotated, besides_text
from workers.extraction.pdf_properties import properties_of
from workers.extraction.pdf_structure import Tiles, active_content
from workers.extraction.pictures import PREVIEW_LONG, Reading, fitted, pictures
from workers.extraction.rubbish import is_chinese, looks_like_rubbish
from workers.extraction.source import FullPicture, plain, scan_message, title_of
from workers.extraction.values import Inspection, Reason, Unreadable
from workers.extraction.wire import Message, as_file

_MM_PER_POINT: Final = 25.4 / 72
_FULL_DPI: Final = 300
_READING_DPI: Final = 200  # for drawn pages and big sheets; scans are read at their own, up to 300
_READING_PIXELS: Final = 64_000_000
_GREY_ABOVE: Final = 25_000_000  # in colour such a sheet would need a gigabyte on the way
_BIG_SHEET_MM: Final = 500
_LITTLE_TEXT: Final = 100  # characters; beside a picture that fills the page it is a stamp or a page number
_FILLS: Final = 0.6
_THINNEST: Final = 200  # times as long as wide
_OBJECTS_SEEN: Final = 3000

# It would log each form made with another kind of form inside, which nobody draws.
logging.getLogger("pypdfium2").setLevel(logging.CRITICAL)


class PdfSource:
    """An opened PDF. Nothing in it is run: PDFium draws what is filled in on forms, and is built without scripts."""

    def __init__(self, path: Path, limits: Limits) -> None:
        self._path = path
        self._limits = limits
        # By the raw call: the package's own would resolve the path, and an open file's /proc path has no target.
        handle = pdfium.FPDF_LoadDocument(str(path).encode() + b"\0", None)
        if not handle:
            if pdfium.FPDF_GetLastError() == pdfium.FPDF_ERR_PASSWORD:
                raise Unreadable(Reason.PASSWORD_PROTECTED)
            raise Unreadable(Reason.BROKEN, "PDFium can't open it")
        self._pdf = pypdfium2.PdfDocument(handle)
        with suppress(pypdfium2.PdfiumError):
            # Before any page is opened; a form beyond drawing leaves the paper it is printed on.
            self._pdf.init_forms()
        self._tiles = Tiles(path, limits.structure_s)
        if len(self._pdf) == 0:
            raise Unreadable(Reason.BROKEN, "a PDF without pages")
        if len(self._pdf) > limits.pages:
            raise Unreadable(Reason.TOO_MANY_PAGES, str(len(self._pdf)))

    def inspect(self, *, thoroughly: bool) -> Inspection:
        flags: tuple[str, ...] = ()
        properties: dict[str, str | int] | None = None
        if thoroughly:
            properties = properties_of(self._path, self._limits.structure_s)
            flags = active_content(self._path, self._limits.structure_s)
            if pdfium.FPDF_GetSecurityHandlerRevision(self._pdf) >= 0 and "encrypted" not in flags:
                flags = (*flags, "encrypted")
        title = title_of(self._pdf.get_metadata_value("Title"))
        return Inspection("application/pdf", len(self._pdf), flags, title, properties)

    def page(self, number: int, *, scan: bool, spot: bool) -> Message:
        page = self._open(number)
        try:
            image = _main_image(page)
            if not scan:
                text, boxes, lines, unknown = text_of(page)
                known, numbers = with_fields(page, Reading(text, boxes))
                letters = len("".join(known.text.split()))
                is_stamp = image is not None and image.share > _FILLS and letters < _LITTLE_TEXT
                if letters and not is_stamp and not looks_like_rubbish(text):
                    spots = spots_of(lines) if spot and is_chinese(text) else []
                    besides = besides_text(page, unknown)
                    areas = (WHOLE,) if self._tiles.on(number) else besides.areas
                    besides = Besides(areas, (*numbers, *besides.covered))
                    return self._as_text(page, image, known, besides, spots)
            return self._as_scan(page, image)
        finally:
            page.close()

    @property
    def document(self) -> pypdfium2.PdfDocument:
        """For what copies its pages into others."""
        return self._pdf

    def picture(self, number: int) -> Image.Image:
        page = self._open(number)
        try:
            return plain(self._reading_picture(page, _main_image(page))[0])
        finally:
            page.close()

    def full(self, number: int) -> FullPicture:
        """The page in full size, in colour, without the copies that a picture of Pillow's would need."""
        page = self._open(number)
        try:
            image = _main_image(page)
            self._refuse_giant(image)
            wanted, _ = self._full_size(page, image)
            bitmap = page.render(scale=wanted / page.get_width(), rev_byteorder=True)
            return FullPicture(
                memoryview(bitmap.buffer).cast("B"),
                bitmap.width,
                bitmap.height,
                bitmap.stride // bitmap.width,
            )
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise Unreadable(Reason.BROKEN, "a page can't be drawn") from error
        finally:
            page.close()

    def jpeg(self, number: int) -> bytes | None:
        """The page's one picture as it lies in the file, if the page is that JPEG and nothing else to see."""
        page = self._open(number)
        try:
            image = _main_image(page)
            if image is None or image.share < 0.9 or image.others or page.get_rotation():
                return None
            if any(annotated(page)):
                return None
            matrix = image.object.get_matrix()
            if matrix.b or matrix.c or matrix.a <= 0 or matrix.d <= 0:  # turned or mirrored on the page
                return None
            if image.object.get_filters() != ["DCTDecode"]:
                return None
            return bytes(image.object.get_data(decode_simple=False))
        except pypdfium2.PdfiumError:
            return None
        finally:
            page.close()

    def size_in_points(self, number: int) -> tuple[float, float]:
        """Width and height of a page as shown."""
        page = self._open(number)
        try:
            return float(page.get_width()), float(page.get_height())
        finally:
            page.close()

    def _open(self, number: int) -> pypdfium2.PdfPage:
        try:
            page = self._pdf[number - 1]
        except pypdfium2.PdfiumError as error:
            raise Unreadable(Reason.BROKEN, f"page {number} can't be opened") from error
        width, height = page.get_width(), page.get_height()
        if not (0 < width < 1e7 and 0 < height < 1e7) or max(width, height) > _THINNEST * min(width, height):
            page.close()
            raise Unreadable(Reason.TOO_MANY_PIXELS, f"page {number} has no sensible size")
        return page

    def _full_size(self, page: pypdfium2.PdfPage, image: "_PageImage | None") -> tuple[int, int]:
        width, height = page.get_width(), page.get_height()
        scale = _FULL_DPI / 72
        if image is not None and image.share > _FILLS:
            scale = image.dpi / 72
        scale = min(scale, math.sqrt(self._limits.pixels_per_page / (width * height)))
        return max(1, math.floor(width * scale)), max(1, math.floor(height * scale))

    def _as_text(
        self,
        page: pypdfium2.PdfPage,
        image: "_PageImage | None",
        known: Reading,
        besides: Besides,
        spots: list[Line],
    ) -> Message:
        width, height = page.get_width(), page.get_height()
        self._refuse_giant(image)
        picture = _render(page, PREVIEW_LONG / max(width, height), grey=False)
        made = pictures(picture, known, unread=besides.covered)
        full = self._full_size(page, image)
        message = Message(
            {
                "kind": "text",
                "width": made.width,
                "height": made.height,
                "mixed": bool(besides.areas),
                "full_width": full[0],
                "full_height": full[1],
                "long_mm": max(width, height) * _MM_PER_POINT,
                "grid": made.grid.hex(),
            },
            (known.text.encode(), known.boxes, made.preview, made.masked or b"", made.thumbnail),
        )
        if spots:
            _add_spots(message, page, spots)
        # Without strips to compare, nothing is in the way of reading the rest of the page at once.
        if besides.areas and not message.files:
            return self._as_mixed(page, image, known, besides)
        return message

    def _as_mixed(
        self, page: pypdfium2.PdfPage, image: "_PageImage | None", known: Reading, besides: Besides
    ) -> Message:
        picture, long_mm = self._reading_picture(page, image)
        message = scan_message(picture, long_mm, self._full_size(page, image))
        message.head["kind"] = "mixed"
        message.head["areas"] = [[area.x0, area.y0, area.x1, area.y1] for area in besides.areas]
        message.head["covered"] = [[area.x0, area.y0, area.x1, area.y1] for area in besides.covered]
        message.blobs = (known.text.encode(), known.boxes)
        return message

    def _as_scan(self, page: pypdfium2.PdfPage, image: "_PageImage | None") -> Message:
        picture, long_mm = self._reading_picture(page, image)
        return scan_message(picture, long_mm, self._full_size(page, image))

    def _reading_picture(
        self, page: pypdfium2.PdfPage, image: "_PageImage | None"
    ) -> tuple[Image.Image, float | None]:
        """The page as recognition wants it, and its long side in millimetres where that can be believed."""
        self._refuse_giant(image)
        width, height = page.get_width(), page.get_height()
        long_mm: float | None = max(width, height) * _MM_PER_POINT
        dpi = float(_READING_DPI)
        if image is not None and image.share > _FILLS:
            dpi = min(image.dpi, _FULL_DPI)
            if long_mm is not None and long_mm > _BIG_SHEET_MM:
                if image.dpi < 120:
                    long_mm = None  # a scan that says 72 dpi and means nothing by it
                else:
                    dpi = min(dpi, _READING_DPI)
        scale = min(dpi / 72, math.sqrt(_READING_PIXELS / (width * height)))
        return _render(page, scale, grey=width * height * scale * scale > _GREY_ABOVE), long_mm

    def _refuse_giant(self, image: "_PageImage | None") -> None:
        if image is not None and image.largest > self._limits.pixels_per_page:
            raise Unreadable(Reason.TOO_MANY_PIXELS, f"a picture of {image.largest} pixels on a page")


@dataclass(frozen=True, slots=True)
class _PageImage:
    """The biggest picture on a page: ``share`` of the page, own resolution; ``largest``: most pixels of any;
    ``others``: whether anything else is drawn."""

    object: pypdfium2.PdfImage
    share: float
    dpi: float
    largest: int
    others: bool


def _main_image(page: pypdfium2.PdfPage) -> _PageImage | None:
    area = page.get_width() * page.get_height()
    best: pypdfium2.PdfImage | None = None
    best_share, dpi, largest, count = 0.0, float(_READING_DPI), 0, 0
    for entry in _objects(page):
        count += 1
        if entry.type != pdfium.FPDF_PAGEOBJ_IMAGE:
            continue
        try:
            left, bottom, right, top = entry.get_bounds()
            wide, high = entry.get_px_size()
        except pypdfium2.PdfiumError:
            continue
        largest = max(largest, wide * high)
        share = max(0.0, right - left) * max(0.0, top - bottom) / area
        if share > best_share:
            best, best_share = entry, share
            # Sides may be swapped by the page's own rotation: the area tells the resolution all the same.
            dpi = 72 * math.sqrt(wide * high / max(1e-6, (right - left) * (top - bottom)))
    if best is None:
        return None
    return _PageImage(best, best_share, max(30.0, dpi), largest, count > 1)


def _objects(page: pypdfium2.PdfPage) -> Iterator[pypdfium2.PdfObject]:
    for count, entry in enumerate(page.get_objects(max_depth=3)):
        if count >= _OBJECTS_SEEN:
            return
        yield entry


def _render(page: pypdfium2.PdfPage, scale: float, *, grey: bool) -> Image.Image:
    try:
        bitmap = page.render(scale=scale, grayscale=grey, rev_byteorder=True)
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise Unreadable(Reason.BROKEN, "a page can't be drawn") from error
    try:
        picture: Image.Image = bitmap.to_pil()
        # A grey picture shares the bitmap's memory, which goes with the bitmap; a coloured one is a copy already.
        return picture.copy() if picture.mode == "L" else picture
    finally:
        bitmap.close()


def _add_spots(message: Message, page: pypdfium2.PdfPage, spots: list[Line]) -> None:
    """Strips of the page one under the other, 40 pixels high each, as wide as the widest."""
    width, height = page.get_width(), page.get_height()
    scale = 150 / 72
    if width * height * scale * scale > _GREY_ABOVE:
        return
    picture = _render(page, scale, grey=True)
    strips = []
    for line in spots:
        x0, y0, x1, y1 = line.box
        margin = 0.1 * (y1 - y0)
        strip = picture.crop(
            (
                math.floor(x0 * picture.width),
                math.floor((y0 - margin) * picture.height),
                math.ceil(x1 * picture.width),
                math.ceil((y1 + margin) * picture.height),
            )
        )
        if strip.width > strip.height:
            strips.append(
                (
                    line.text,
                    strip.resize(
                        fitted(strip.width * 48, strip.height * 48, strip.width * 48 // max(1, strip.height))
                    ),
                )
            )
    if not strips:
        return
    sheet = Image.new(
        "L", (max(strip.width for _, strip in strips), sum(strip.height for _, strip in strips)), 255
    )
    top = 0
    for _, strip in strips:
        sheet.paste(strip, (0, top))
        top += strip.height
    message.head["spots"] = [text for text, _ in strips]
    message.head["spot_heights"] = [strip.height for _, strip in strips]
    message.head["spot_width"] = sheet.width
    message.files = (as_file(sheet.tobytes(), "spots"),)
