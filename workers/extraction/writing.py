"""Plain text and Word documents: pages of text without pictures."""

import codecs
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, Final
from xml.etree.ElementTree import Element, ParseError

from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from PIL import Image

from workers.extraction.limits import MIB, Limits
from workers.extraction.sniff import Kind
from workers.extraction.source import FullPicture, clean, text_message, title_of
from workers.extraction.values import Inspection, Reason, Unreadable
from workers.extraction.wire import Message

PAGE_LENGTH: Final = 3000  # characters
_TYPES: Final = "[Content_Types].xml"
_BODY: Final = "word/document.xml"
_AROUND: Final = ("word/header", "word/footer", "word/footnotes", "word/endnotes")
_RATIO_FROM: Final = 10 * MIB  # below, a high ratio is a form's own repetition
_SAMPLE: Final = 1 << 16
_BINARY_SHARE: Final = 0.02
_BREAKS: Final = {"tab": "\t", "br": "\n", "cr": "\n", "noBreakHyphen": "-", "softHyphen": ""}


class WritingSource:
    """Text cut into pages of at most 3,000 characters, at the ends of lines where there are any."""

    def __init__(
        self, kind: Kind, text: str, title: str | None, flags: tuple[str, ...], limits: Limits
    ) -> None:
        self._kind = kind
        self._title = title
        self._flags = flags
        self._pages = list(_pages(text))
        if len(self._pages) > limits.pages:
            raise Unreadable(Reason.TOO_MANY_PAGES, str(len(self._pages)))

    def inspect(self, *, thoroughly: bool) -> Inspection:
        return Inspection(self._kind.value, len(self._pages), self._flags, self._title)

    def page(self, number: int, *, scan: bool, spot: bool) -> Message:
        return text_message(self._pages[number - 1])

    def picture(self, number: int) -> Image.Image:
        raise Unreadable(Reason.UNSUPPORTED, "a text has no pictures")

    def full(self, number: int) -> FullPicture:
        raise Unreadable(Reason.UNSUPPORTED, "a text has no pictures")


def open_text(path: Path, limits: Limits) -> WritingSource:
    """A text file in UTF-8, UTF-16 or GB 18030. Raises Unreadable: too_many_pages, unsupported (not text)."""
    most = limits.pages * PAGE_LENGTH * 4
    with path.open("rb") as file:
        content = file.read(most + 1)
    if len(content) > most:
        raise Unreadable(Reason.TOO_MANY_PAGES)
    text = _decoded(content)
    return WritingSource(Kind.TEXT, clean(text.replace("\r\n", "\n").replace("\r", "\n")), None, (), limits)


def open_docx(path: Path, limits: Limits) -> WritingSource:
    """A Word document's text: headers, body with tables, footers, notes.

    Raises Unreadable: broken, bomb, too_many_pages.
    """
    try:
        with path.open("rb") as file, zipfile.ZipFile(file) as package:
            check_package(package, limits)
            text = "".join(_parts(package))
            title = _title(package)
            flags = _flags(package)
    except (
        zipfile.BadZipFile,
        ParseError,
        DefusedXmlException,
        NotImplementedError,
        EOFError,
        OSError,
    ) as error:
        raise Unreadable(
            Reason.BROKEN, f"a Word document that can't be opened: {type(error).__name__}"
        ) from error
    except (RuntimeError, KeyError, ValueError, UnicodeError, zipfile.zlib.error) as error:  # type: ignore[attr-defined]  # zipfile's own import
        raise Unreadable(
            Reason.BROKEN, f"a Word document that can't be opened: {type(error).__name__}"
        ) from error
    return WritingSource(Kind.DOCX, clean(text).strip("\n"), title, flags, limits)


def is_docx(file: BinaryIO, limits: Limits) -> bool:
    """Whether a ZIP file is a Word document without macros.

    Raises Unreadable: bomb, broken; unsupported for documents with macros.
    """
    try:
        with zipfile.ZipFile(file) as package:
            check_package(package, limits)
            names = {name.lower() for name in package.namelist()}
            if any(name.endswith("vbaproject.bin") for name in names):
                raise Unreadable(Reason.UNSUPPORTED, "a document with macros")
            if _TYPES.lower() not in names or _BODY not in names:
                return False
            with package.open(_TYPES) as types:
                return b"macroEnabled" not in types.read(1 << 20)
    except (
        zipfile.BadZipFile,
        OSError,
        ValueError,
        RuntimeError,
        KeyError,
        NotImplementedError,
        EOFError,
    ) as error:
        raise Unreadable(Reason.BROKEN, "a ZIP package that can't be opened") from error
    finally:
        file.seek(0)


def check_package(package: zipfile.ZipFile, limits: Limits) -> None:
    """Refuses what would unpack to too much, before anything is unpacked."""
    members = package.infolist()
    unpacked = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if len(members) > limits.zip_members or unpacked > limits.unpacked:
        raise Unreadable(Reason.BOMB, f"{len(members)} members, {unpacked} bytes")
    if unpacked > _RATIO_FROM and unpacked > limits.zip_ratio * max(1, packed):
        raise Unreadable(Reason.BOMB, f"{unpacked} bytes out of {packed}")
    for member in members:
        parts = member.filename.replace("\\", "/").split("/")
        if ".." in parts or member.filename.startswith(("/", "\\")) or (member.external_attr >> 28) == 0xA:
            raise Unreadable(Reason.BROKEN, "a package with a member that points outside")


def _pages(text: str) -> Iterator[str]:
    start = 0
    while len(text) - start > PAGE_LENGTH:
        end = text.rfind("\n", start + 1, start + PAGE_LENGTH + 1)
        if end < 0:
            yield text[start : start + PAGE_LENGTH]
            start += PAGE_LENGTH
        else:
            yield text[start:end]
            start = end + 1
    yield text[start:]


def _decoded(content: bytes) -> str:
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
        (b"\x84\x31\x95\x33", "gb18030"),
    ):
        if content.startswith(mark):
            return content.decode(encoding, "replace").removeprefix("\ufeff")
    sample = content[:_SAMPLE]
    if b"\0" in sample and not (sample.count(0) < _BINARY_SHARE * len(sample) and _is_utf8(content)):
        # Chinese in UTF-16 has few zero bytes, but its line ends and digits all have one, on the same side.
        even, odd = sample[::2].count(0), sample[1::2].count(0)
        if min(even, odd) * 10 > max(even, odd) or len(content) % 2:
            raise Unreadable(Reason.UNSUPPORTED, "neither text nor anything known")
        return _unless_binary(content.decode("utf-16-le" if odd > even else "utf-16-be", "replace"))
    for encoding in ("utf-8", "gb18030"):
        try:
            return _unless_binary(content.decode(encoding))
        except UnicodeDecodeError:
            continue
    return _unless_binary(content.decode("gb18030", "replace"))


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _unless_binary(text: str) -> str:
    sample = text[:_SAMPLE]
    odd = sum(char == "\ufffd" or (char < " " and char not in "\t\n\r\f\v\x1b\x1a") for char in sample)
    if odd > _BINARY_SHARE * len(sample):
        raise Unreadable(Reason.UNSUPPORTED, "neither text nor anything known")
    return text


def _parts(package: zipfile.ZipFile) -> Iterator[str]:
    names = sorted(package.namelist())
    for start in _AROUND[:1]:
        for name in names:
            if name.startswith(start) and name.endswith(".xml"):
                yield from _written(package, name)
    yield from _written(package, _BODY)
    for start in _AROUND[1:]:
        for name in names:
            if name.startswith(start) and name.endswith(".xml"):
                yield from _written(package, name)


def _written(package: zipfile.ZipFile, name: str) -> Iterator[str]:
    """Text of one part; paragraphs end in a newline, table cells in a tab.

    Deleted text is left out, and of the two forms that one text box may have, the one for old programs.
    """
    hidden = 0
    in_cell = 0
    with package.open(name) as part:
        for event, element in iterparse(part, events=("start", "end"), forbid_dtd=True):
            tag = _local(element)
            if event == "start":
                hidden += tag in ("Fallback", "del", "instrText")
                in_cell += tag == "tc"
                continue
            if tag in ("Fallback", "del", "instrText"):
                hidden -= 1
            elif not hidden and tag == "t" and element.text:
                yield element.text
            elif not hidden and tag in _BREAKS:
                yield _BREAKS[tag]
            elif not hidden and tag == "p":
                yield " " if in_cell else "\n"
            elif tag == "tc":
                in_cell -= 1
                yield "\t"
            elif tag == "tr":
                yield "\n"
            element.clear()


def _title(package: zipfile.ZipFile) -> str | None:
    if "docProps/core.xml" not in package.namelist():
        return None
    with package.open("docProps/core.xml") as part:
        for _, element in iterparse(part, events=("end",), forbid_dtd=True):
            if _local(element) == "title":
                return title_of(element.text)
    return None


def _flags(package: zipfile.ZipFile) -> tuple[str, ...]:
    """``external-content`` if anything in the package is fetched from elsewhere when a word processor opens it,
    ``embedded-files`` if other files lie in it."""
    flags = set()
    for name in package.namelist():
        if name.startswith("word/embeddings/"):
            flags.add("embedded-files")
        if name.startswith("word/") and name.endswith(".rels"):
            with package.open(name) as part:
                for _, element in iterparse(part, events=("end",), forbid_dtd=True):
                    kind = element.get("Type", "").rpartition("/")[2]
                    if element.get("TargetMode") == "External" and kind != "hyperlink":
                        flags.add("external-content")
    return tuple(sorted(flags))


def _local(element: Element) -> str:
    return element.tag.rpartition("}")[2]
