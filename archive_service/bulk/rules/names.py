"""Names out of zip files, and names for files that go out. Pure; neither kind ever names anything on our disk."""

import re
import unicodedata
from collections.abc import Iterable
from typing import Final

from archive_service.bulk.rules import UnsafePath
from archive_service.kernel.masking import STAR, mask

LONGEST_PATH: Final = 400
UTF8_FLAG: Final = 0x800
_UNICODE_PATH: Final = 0x7075  # the extra field of Info-ZIP that has the name in UTF-8
_DRIVE: Final = re.compile(r"[A-Za-z]:")
_RESERVED: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)
_UNFIT: Final = re.compile(r"[\\/:*?\"<>|\s]+")
_SKIPPED: Final = re.compile(
    r"(?:^|/)(?:\.(?!\.?(?:/|$))|~\$|__MACOSX/|Thumbs\.db$|desktop\.ini$)", re.IGNORECASE
)
ARCHIVE_ENDINGS: Final = (".zip", ".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz", ".cab", ".iso", ".lzh")
ZIPPED_ENDINGS: Final = (
    ".docx", ".xlsx", ".pptx", ".docm", ".xlsm", ".pptm", ".ofd", ".odt", ".ods", ".odp", ".wps", ".et",
    ".dps", ".epub", ".dwfx", ".xps",
)  # fmt: skip
"""Formats of documents that are zips inside; reading looks into them with its own limits."""
_PACKED_BEGINNINGS: Final = (b"Rar!", b"7z\xbc\xaf\x27\x1c", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"MSCF")


def entry_name(decoded: str, flags: int, extra: bytes, encoding: str) -> str:
    """The name of a zip's entry as its maker meant it.

    ``decoded``: as the library reads it, cp437 unless the flag says UTF-8; ``encoding``: what ``guessed_encoding``
    says of those that have no flag.
    """
    if flags & UTF8_FLAG or decoded.isascii():
        return decoded
    return _unicode_path(extra) or _raw(decoded).decode(encoding, "replace")


def guessed_encoding(names: Iterable[str]) -> str:
    """How a zip's names without the flag are written, all of them alike: programs on Chinese Windows write GBK and say
    nothing, those on a Mac write UTF-8 and say nothing. ``names``: as the library reads them.

    Some words are right in both: 停水 in GBK is a row of rare letters in UTF-8. Those are GBK.
    """
    raws = [_raw(name) for name in names if not name.isascii()]
    try:
        letters = {char for raw in raws for char in raw.decode("utf-8") if not char.isascii()}
    except UnicodeDecodeError:
        pass
    else:
        if any(char >= _CHINESE_AND_THE_LIKE for char in letters) or all(char <= _LATIN for char in letters):
            return "utf-8"
    try:
        for raw in raws:
            raw.decode("gb18030")
    except UnicodeDecodeError:
        return "cp437"
    return "gb18030"


def _raw(decoded: str) -> bytes:
    try:
        return decoded.encode("cp437")
    except UnicodeEncodeError:
        return decoded.encode()


_CHINESE_AND_THE_LIKE: Final = "\u0800"
_LATIN: Final = "\u017f"


def _unicode_path(extra: bytes) -> str:
    at = 0
    while at + 4 <= len(extra):
        kind, size = (int.from_bytes(extra[at + i : at + i + 2], "little") for i in (0, 2))
        if kind == _UNICODE_PATH and size > 5:
            return extra[at + 9 : at + 4 + size].decode("utf-8", "ignore")
        at += 4 + size
    return ""


def clean_path(text: str) -> str:
    """The path of a file inside the tree, with ``/`` between its parts. Raises UnsafePath."""
    path = unicodedata.normalize("NFC", text.strip()).replace("\\", "/")
    while path.startswith("./"):
        path = path[2:]
    parts = path.split("/")
    if (
        not path
        or len(path) > LONGEST_PATH
        or path.startswith("/")
        or _DRIVE.match(path)
        or any(part in ("", ".", "..") for part in parts)
        or any(unicodedata.category(char) in ("Cc", "Cf", "Cs") for char in path)
    ):
        raise UnsafePath(field="path")
    return path


def is_skipped(path: str) -> bool:
    """Whether it is one of the things that computers put beside files by themselves."""
    return _SKIPPED.search(path) is not None


def is_archive(path: str, beginning: bytes) -> bool:
    """Whether it is a packed archive, by its ending or, whatever it is called, by its first bytes."""
    name = path.lower()
    if name.endswith(ARCHIVE_ENDINGS) or beginning.startswith(_PACKED_BEGINNINGS):
        return True
    return beginning.startswith(b"PK") and not name.endswith(ZIPPED_ENDINGS)


def common_folder(paths: Iterable[str]) -> str:
    """``scans/`` if everything lies in that one folder, else ""."""
    tops = {path.partition("/")[0] if "/" in path else "" for path in paths}
    return f"{tops.pop()}/" if len(tops) == 1 and "" not in tops else ""


def outgoing_name(ascii_no: str, title: str, file_name: str) -> str:
    """What an original is called in an export: by its archival number, or by its masked title.

    Every file manager takes it: no separators, no reserved names, 60 characters and a short ending at most.
    """
    stem, dot, ending = file_name.rpartition(".")
    ending = re.sub(r"[^0-9A-Za-z]", "", ending)[:8].lower() if dot and stem else ""
    base = ascii_no or mask(title).replace(STAR, "x")
    kept = "".join(char for char in base if unicodedata.category(char)[0] not in "CZ" or char == " ")
    kept = _UNFIT.sub("_", kept).strip("._ ")[:60].rstrip("._ ") or "document"
    if _RESERVED.match(kept):
        kept = f"_{kept}"
    return f"{kept}.{ending}" if ending else kept


def apart(name: str, taken: set[str]) -> str:
    """``name``, or with a number before its ending if another has it, in whatever case. Notes it down."""
    stem, dot, ending = name.rpartition(".")
    stem, ending = (stem, f".{ending}") if dot else (name, "")
    made, number = name, 1
    while made.lower() in taken:
        number += 1
        made = f"{stem}-{number}{ending}"
    taken.add(made.lower())
    return made
