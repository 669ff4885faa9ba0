"""What a file is by its bytes, and whether its name tells a dangerous lie."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import BinaryIO, Final

from workers.extraction.values import Reason, Unreadable

HEAD: Final = 4096
_TAIL: Final = 65_557  # a ZIP's end record with the longest comment


class Kind(Enum):
    """Kinds of file that can be read, with their media types."""

    PDF = "application/pdf"
    JPEG = "image/jpeg"
    PNG = "image/png"
    TIFF = "image/tiff"
    WEBP = "image/webp"
    BMP = "image/bmp"
    HEIC = "image/heic"
    DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
    TEXT = "text/plain"


_PICTURES: Final = frozenset({Kind.JPEG, Kind.PNG, Kind.TIFF, Kind.WEBP, Kind.BMP, Kind.HEIC})
_TEXT_NAMES: Final = frozenset({"", "txt", "text", "csv", "tsv", "md", "log", "ini", "json"})
_PLAIN_PROMISES: Final = frozenset(
    {"pdf", "jpg", "jpeg", "jpe", "jfif", "png", "tif", "tiff", "webp", "bmp", "heic", "heif", "docx", "gif"}
)
_MARKUP: Final = re.compile(rb"<(?:!doctype\s+html|html|script|svg|iframe|body|\?php)\b", re.IGNORECASE)
_MARKUP_START: Final = re.compile(
    rb"\A(?:\xef\xbb\xbf)?\s*(?:<(?:!|\?xml|\?php|html|head|body|script|svg|iframe|img|meta|a)\b|<!--|mime-version:)",
    re.IGNORECASE,
)
_PROGRAMS: Final = (b"MZ", b"\x7fELF", b"#!", b"\xca\xfe\xba\xbe", b"\xcf\xfa\xed\xfe")
_ARCHIVES: Final = (
    b"Rar!",
    b"7z\xbc\xaf\x27\x1c",
    b"\x1f\x8b",
    b"BZh",
    b"\xfd7zXZ",
    b"MSCF",
    b"\x28\xb5\x2f\xfd",
)
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEIC_BRANDS: Final = frozenset({b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"})


@dataclass(frozen=True, slots=True)
class _Bytes:
    head: bytes
    tail: bytes
    extension: str


def kind_of(file: BinaryIO, name: str, is_docx: Callable[[BinaryIO], bool]) -> Kind:
    """The file's kind; ``is_docx`` decides over ZIP files.

    Raises Unreadable: empty, disguised, unsupported, password_protected, or what ``is_docx`` raises.
    """
    seen = _look(file, name)
    if not seen.head:
        raise Unreadable(Reason.EMPTY)
    kind = _by_magic(seen)
    if kind is not None:
        _refuse_two_in_one(seen, kind)
        return kind
    if seen.head.startswith(b"PK\x03\x04"):
        if is_docx(file):
            if seen.extension in _PLAIN_PROMISES - {"docx"}:
                raise Unreadable(Reason.DISGUISED, f"a ZIP package named .{seen.extension}")
            return Kind.DOCX
        raise _other(seen, "a ZIP archive")
    if seen.head.startswith(b"PK\x05\x06"):
        raise _other(seen, "an empty ZIP archive")
    if seen.head.startswith(_OLE):
        # Word and its kind keep an encrypted document in a stream of this name.
        if "EncryptedPackage".encode("utf-16-le") in _first(file, 1 << 20):
            raise Unreadable(Reason.PASSWORD_PROTECTED)
        raise _other(seen, "a legacy office file")
    if seen.head.startswith(_PROGRAMS):
        raise _other(seen, "a program")
    if seen.head.startswith(_ARCHIVES):
        raise _other(seen, "an archive")
    if seen.head.startswith(b"GIF8") and (b"*/" in seen.head or _MARKUP.search(seen.head + seen.tail)):
        raise Unreadable(Reason.DISGUISED, "a picture that is also a script")
    return _text_or_refusal(seen)


def _look(file: BinaryIO, name: str) -> _Bytes:
    head = _first(file, HEAD)
    size = file.seek(0, 2)
    file.seek(max(0, size - _TAIL))
    tail = file.read(_TAIL)
    file.seek(0)
    plain = name.strip().rstrip(". ").lower()
    return _Bytes(head, tail, plain.rpartition(".")[2] if "." in plain else "")


def _first(file: BinaryIO, size: int) -> bytes:
    file.seek(0)
    start = file.read(size)
    file.seek(0)
    return start


def _by_magic(seen: _Bytes) -> Kind | None:
    head = seen.head
    if head[:3] == b"\xff\xd8\xff":
        return Kind.JPEG
    if head[:8] == b"\x89PNG\r\n\x1a\n":
        return Kind.PNG
    if head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"):
        return Kind.TIFF
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return Kind.WEBP
    if head[:2] == b"BM" and head[6:10] == b"\0\0\0\0" and head[14:18] in _BMP_HEADERS:
        return Kind.BMP
    if head[4:8] == b"ftyp" and _HEIC_BRANDS & {head[8:12], *(head[at : at + 4] for at in range(16, 40, 4))}:
        return Kind.HEIC
    # Scanners and mail gateways put a few bytes before the header; readers look through the first 1,024.
    if b"%PDF-" in head[:1029]:
        return Kind.PDF
    return None


_BMP_HEADERS: Final = frozenset(size.to_bytes(4, "little") for size in (12, 16, 40, 52, 56, 64, 108, 124))


def _refuse_two_in_one(seen: _Bytes, kind: Kind) -> None:
    """A file that another program would take for something else isn't a paper somebody scanned."""
    if kind is Kind.PDF:
        start = seen.head.index(b"%PDF-")
        before = seen.head[:start]
        after = seen.tail[seen.tail.rfind(b"%%EOF") + 5 :] if b"%%EOF" in seen.tail else b""
        if _MARKUP.search(seen.head[: start + 1024]) or _MARKUP.search(after):
            raise Unreadable(Reason.DISGUISED, "a PDF that is also a web page")
        if before.startswith((b"PK", b"GIF8", *_PROGRAMS)) or b"PK\x05\x06" in after:
            raise Unreadable(Reason.DISGUISED, "a PDF that is also something else")
        return
    if b"%PDF-" in seen.head[:1029] or _MARKUP.search(seen.head[:256]) or _ends_as_zip(seen.tail):
        raise Unreadable(Reason.DISGUISED, "a picture that is also something else")


def _ends_as_zip(tail: bytes) -> bool:
    at = tail.rfind(b"PK\x05\x06")
    return (
        at >= 0
        and len(tail) - at >= 22
        and at + 22 + int.from_bytes(tail[at + 20 : at + 22], "little") == len(tail)
    )


def _other(seen: _Bytes, what: str) -> Unreadable:
    if seen.extension in _PLAIN_PROMISES:
        return Unreadable(Reason.DISGUISED, f"{what} named .{seen.extension}")
    return Unreadable(Reason.UNSUPPORTED, what)


def _text_or_refusal(seen: _Bytes) -> Kind:
    if seen.extension in _TEXT_NAMES - {""}:
        return Kind.TEXT
    if _MARKUP_START.match(seen.head) or _MARKUP.search(seen.head):
        raise _other(seen, "a web page or XML file")
    if seen.extension in _PLAIN_PROMISES:
        raise Unreadable(Reason.BROKEN, f"named .{seen.extension} without being one")
    if seen.extension:
        raise Unreadable(Reason.UNSUPPORTED, f"a file named .{seen.extension}")
    return Kind.TEXT


def is_picture(kind: Kind) -> bool:
    """Whether the kind is one or more pictures and nothing else."""
    return kind in _PICTURES
