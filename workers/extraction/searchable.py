"""A PDF of page pictures with invisible text over them: found and copied from in any viewer."""

import io
import os
import struct
import zlib
from typing import Final

from archive_service.kernel.boxes import CharBox, unpack_boxes
from workers.extraction.pdf import PdfSource
from workers.extraction.raster import RasterSource
from workers.extraction.sniff import Kind
from workers.extraction.source import Source
from workers.extraction.wire import Message, WireError

MARK_PLACE: Final = b"%mark 4 0\n"
"""Says that object 4 is drawn over every page and may be put in another's place by whoever hands the file out."""
_QUALITY: Final = 80
_MATRICES: Final = {
    0: "{w:.2f} 0 0 {h:.2f} 0 0",
    90: "0 -{h:.2f} {w:.2f} 0 0 {h:.2f}",
    180: "-{w:.2f} 0 0 -{h:.2f} {w:.2f} {h:.2f}",
    270: "0 {h:.2f} -{w:.2f} 0 {w:.2f} 0",
}
_EXIF_TURNS: Final = {1: 0, 3: 180, 6: 90, 8: 270}
_COLOURS: Final = {1: "/DeviceGray", 3: "/DeviceRGB"}


class SearchableWriter:
    """Writes page by page to an open file, which it closes at the end."""

    def __init__(self, file: int) -> None:
        self._out = os.fdopen(file, "wb")
        self._out.write(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n" + MARK_PLACE)
        self._offsets: dict[int, int] = {}
        self._next = 5  # 1 catalogue, 2 pages, 3 font, 4 the mark, empty here
        self._pages: list[int] = []
        self._used: set[int] = set()

    def add(self, source: Source, request: Message) -> None:
        """Adds the page that the request tells of: number, rotation, and its text and boxes as blobs.

        Raises Unreadable if the page has no picture, WireError for a request that makes no sense.
        """
        number, rotation = request.number("number", 1, 1_000_000), request.number("rotation", 0, 270)
        if len(request.blobs) != 2 or rotation not in _MATRICES:
            raise WireError("a page without its text")
        text, boxes = request.blobs[0].decode(), unpack_boxes(request.blobs[1])
        jpeg, turn, (width, height) = _picture(source, number)
        turn = (turn + rotation) % 360
        if rotation in (90, 270):
            width, height = height, width
        picture_width, picture_height, bands = _jpeg_size(jpeg)
        image = self._stream(
            f"/Type /XObject /Subtype /Image /Width {picture_width} /Height {picture_height} "
            f"/ColorSpace {_COLOURS[bands]} /BitsPerComponent 8 /Filter /DCTDecode",
            jpeg,
        )
        drawing = f"q {_MATRICES[turn].format(w=width, h=height)} cm /I Do Q\n"
        written = self._writing(text, boxes, width, height)
        content = self._packed("", f"{drawing}{written}\nq /Mark Do Q".encode())
        self._pages.append(
            self._object(
                f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width:.2f} {height:.2f}] /Contents {content} 0 R "
                f"/Resources << /XObject << /I {image} 0 R /Mark 4 0 R >> /Font << /F 3 0 R >> >> >>".encode()
            )
        )

    def finish(self) -> None:
        """Writes what comes last and closes the file."""
        self._font()
        self._object(b"<< /Type /XObject /Subtype /Form /BBox [0 0 1 1] /Length 0 >>\nstream\n\nendstream", 4)
        kids = " ".join(f"{page} 0 R" for page in self._pages)
        self._object(f"<< /Type /Pages /Kids [{kids}] /Count {len(self._pages)} >>".encode(), 2)
        self._object(b"<< /Type /Catalog /Pages 2 0 R >>", 1)
        start = self._out.tell()
        self._out.write(f"xref\n0 {self._next}\n0000000000 65535 f \n".encode())
        for number in range(1, self._next):
            self._out.write(f"{self._offsets[number]:010} 00000 n \n".encode())
        self._out.write(
            f"trailer\n<< /Size {self._next} /Root 1 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
        )
        self._out.close()

    def _writing(self, text: str, boxes: tuple[CharBox, ...], width: float, height: float) -> str:
        """Text operators: one line at a time, each character moved to where its box begins."""
        if len(boxes) != len(text):
            return ""
        out = ["BT 3 Tr"]
        start = 0
        for end in [*(at for at, char in enumerate(text) if char == "\n"), len(text)]:
            line = [(text[at], boxes[at]) for at in range(start, end) if boxes[at].x1 > boxes[at].x0]
            start = end + 1
            if not line:
                continue
            size = max(1.0, (max(box.y1 for _, box in line) - min(box.y0 for _, box in line)) * height)
            base = height - max(box.y1 for _, box in line) * height + 0.15 * size
            shown = []
            for at, (char, box) in enumerate(line):
                codes = char.encode("utf-16-be")
                units = struct.unpack(f">{len(codes) // 2}H", codes)
                self._used.update(units)
                following = line[at + 1][1].x0 if at + 1 < len(line) else box.x1
                # Every code advances by one em; what is too much for the place is taken back.
                back = 1000 * (len(units) - (following - box.x0) * width / size)
                shown.append(f"<{codes.hex()}>{back:.0f}")
            out.append(
                f"/F {size:.2f} Tf 1 0 0 1 {line[0][1].x0 * width:.2f} {base:.2f} Tm [{''.join(shown)}] TJ"
            )
        return "\n".join([*out, "ET"])

    def _font(self) -> None:
        """A font whose glyphs are all one empty outline, and the way back from its codes to Unicode."""
        program = glyphless_font()
        file = self._packed(f"/Length1 {len(program)}", program)
        descriptor = self._object(
            f"<< /Type /FontDescriptor /FontName /Glyphless /Flags 5 /FontBBox [0 0 1000 1000] /ItalicAngle 0 "
            f"/Ascent 850 /Descent -150 /CapHeight 850 /StemV 80 /FontFile2 {file} 0 R >>".encode()
        )
        to_glyph = self._packed("", b"\0\1" * 65536)
        descendant = self._object(
            f"<< /Type /Font /Subtype /CIDFontType2 /BaseFont /Glyphless /CIDToGIDMap {to_glyph} 0 R /DW 1000 "
            f"/CIDSystemInfo << /Registry (Adobe) /Ordering (Identity) /Supplement 0 >> "
            f"/FontDescriptor {descriptor} 0 R >>".encode()
        )
        to_unicode = self._packed("", _to_unicode(self._used))
        self._object(
            f"<< /Type /Font /Subtype /Type0 /BaseFont /Glyphless /Encoding /Identity-H "
            f"/DescendantFonts [{descendant} 0 R] /ToUnicode {to_unicode} 0 R >>".encode(),
            3,
        )

    def _object(self, content: bytes, number: int | None = None) -> int:
        if number is None:
            number = self._next
            self._next += 1
        self._offsets[number] = self._out.tell()
        self._out.write(b"%d 0 obj\n" % number + content + b"\nendobj\n")
        return number

    def _stream(self, entries: str, content: bytes) -> int:
        head = f"<< {entries} /Length {len(content)} >>\nstream\n".encode()
        return self._object(head + content + b"\nendstream")

    def _packed(self, entries: str, content: bytes) -> int:
        return self._stream(f"{entries} /Filter /FlateDecode", zlib.compress(content))


def _picture(source: Source, number: int) -> tuple[bytes, int, tuple[float, float]]:
    """A page's JPEG, by how much it must be turned clockwise to be as viewers show the page, and the shown
    page's size in points. The JPEG's bytes are the source's own where the page is one JPEG."""
    if isinstance(source, PdfSource):
        own = source.jpeg(number)
        size = source.size_in_points(number)
        if own is not None and _jpeg_size(own)[2] in _COLOURS:
            return own, 0, size
    elif isinstance(source, RasterSource):
        wide, high = source.inches(number)
        size = wide * 72, high * 72
        turn = _EXIF_TURNS.get(source.orientation(number))
        if source.kind is Kind.JPEG and turn is not None:
            own = source.content()
            if _jpeg_size(own)[2] in _COLOURS:
                return own, turn, size
    else:
        size = 595.0, 842.0
    out = io.BytesIO()
    source.picture(number).save(out, "JPEG", quality=_QUALITY)
    return out.getvalue(), 0, size


def _jpeg_size(jpeg: bytes) -> tuple[int, int, int]:
    """Width, height and number of colour components by the frame header; zeros if there is none."""
    at = 2
    while at + 9 < len(jpeg):
        if jpeg[at] != 0xFF:
            return 0, 0, 0
        marker = jpeg[at + 1]
        if marker == 0xFF:
            at += 1
            continue
        if 0xC0 <= marker <= 0xCF and marker not in (0xC4, 0xC8, 0xCC):
            height, width, bands = struct.unpack(">HHB", jpeg[at + 5 : at + 10])
            return width, height, bands
        at += 2 + int.from_bytes(jpeg[at + 2 : at + 4], "big")
    return 0, 0, 0


def _to_unicode(used: set[int]) -> bytes:
    """Codes are UTF-16 units, so each maps to itself."""
    lines = [
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap",
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def",
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def",
        "1 begincodespacerange <0000> <ffff> endcodespacerange",
    ]
    rows = sorted({code >> 8 for code in used})
    for start in range(0, len(rows), 100):
        part = rows[start : start + 100]
        lines.append(f"{len(part)} beginbfrange")
        lines += [f"<{row:02x}00> <{row:02x}ff> <{row:02x}00>" for row in part]
        lines.append("endbfrange")
    lines.append("endcmap CMapName currentdict /CMap defineresource pop end end")
    return "\n".join(lines).encode()


def glyphless_font() -> bytes:
    """The smallest TrueType font that viewers accept: two glyphs, both empty, one em wide."""
    tables = {
        b"glyf": b"\0" * 4,
        b"head": struct.pack(
            ">IIIIHHqqhhhhHHhhh",
            0x00010000, 0x00010000, 0, 0x5F0F3CF5, 0x000B, 1000, 0, 0, 0, 0, 1000, 1000, 0, 8, 2, 0, 0,
        ),
        b"hhea": struct.pack(">IhhhHhhhhhhhhhhhH", 0x00010000, 850, -150, 0, 1000, 0, 0, 1000, 1, 0, 0, 0, 0, 0, 0, 0, 2),
        b"hmtx": struct.pack(">HhHh", 1000, 0, 1000, 0),
        b"loca": struct.pack(">HHH", 0, 0, 0),
        b"maxp": struct.pack(">IHHHHHHHHHHHHHH", 0x00010000, 2, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0),
    }  # fmt: skip
    head = struct.pack(">IHHHH", 0x00010000, len(tables), 64, 2, len(tables) * 16 - 64)
    offset = len(head) + 16 * len(tables)
    directory, body = b"", b""
    for tag, content in sorted(tables.items()):
        padded = content + b"\0" * (-len(content) % 4)
        total = sum(struct.unpack(f">{len(padded) // 4}I", padded)) & 0xFFFFFFFF
        directory += struct.pack(">4sIII", tag, total, offset + len(body), len(content))
        body += padded
    return head + directory + body
