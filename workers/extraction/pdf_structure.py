"""Scripts, launch actions and attachments in a PDF, found with pypdf and bounded in time.

What couldn't be looked at is "structure-not-verified", never clean. Nothing found is ever followed or run.
"""

import logging
import re
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import process_time
from typing import Final

from pypdf import PdfReader
from pypdf.generic import ArrayObject, DictionaryObject, IndirectObject, PdfObject, StreamObject

_NOT_VERIFIED: Final = "structure-not-verified"
_OBJECTS: Final = 20_000
_ACTIONS: Final = {
    "/JavaScript": "active-javascript",
    "/Launch": "launch-action",
    "/SubmitForm": "remote-action",
    "/ImportData": "remote-action",
    "/GoToR": "remote-action",
    "/GoToE": "embedded-files",
    "/Rendition": "active-javascript",
}
# A page's own content can hold no action, and is most of a file.
_PLAIN_KEYS: Final = frozenset(
    {"/Contents", "/Resources", "/Font", "/XObject", "/Parent", "/P", "/Metadata", "/Thumb"}
)
_UPWARDS: Final = frozenset({"/Parent", "/P"})

# pypdf logs each flaw it meets; a hostile file would fill the log.
logging.getLogger("pypdf").setLevel(logging.CRITICAL)


# A tile to fill with is a stream, and streams' dictionaries stand in a file as they are; but for names, where any
# letter may be written as its number.
_TILES: Final = re.compile(
    b"/"
    + b"".join(b"(?:%c|#%02x|#%02X)" % (code, code, code) for code in b"PatternType")
    + rb"(?!\s*2\s*[/>])"
)
_PIECE: Final = 1 << 20
_LONGEST_NAME: Final = 64  # bytes
_PLAIN_TILE: Final = 200  # bytes, as stored; hatching has fewer, eleven digits have more
_RESOURCES: Final = 5000


class _TooLong(Exception):
    pass


def active_content(path: Path, seconds: float) -> tuple[str, ...]:
    """Flags as ``Inspection`` names them, sorted; takes at most so many seconds of CPU."""
    found: set[str] = set()
    try:
        with at_most(seconds), path.open("rb") as file:
            reader = PdfReader(file, strict=False)
            if reader.is_encrypted:
                found.add("encrypted")
                reader.decrypt("")
            _walk(reader, found)
    except _TooLong:
        found.add(_NOT_VERIFIED)
    except Exception:
        # Whatever a broken structure makes pypdf raise, the page pictures come from elsewhere; MemoryError too,
        # since what asked for so much has been let go by now.
        found.add(_NOT_VERIFIED)
    return tuple(sorted(found))


class Tiles:
    """Which pages of a PDF may fill shapes with tiles on which something is written or shown."""

    def __init__(self, path: Path, seconds: float) -> None:
        self._path = path
        self._left = seconds
        self._any: bool | None = None
        self._reader: PdfReader | None = None

    def on(self, number: int) -> bool:
        """Whether such a tile is within reach of the page's content; True where that can't be found out."""
        if self._any is None:
            self._any = self._in_file()
        if not self._any or self._left <= 0:
            return self._any
        before = process_time()
        try:
            with at_most(self._left):
                if self._reader is None:
                    self._reader = PdfReader(self._path, strict=False)
                    if self._reader.is_encrypted:
                        self._reader.decrypt("")
                return _has_tile(self._reader.pages[number - 1].get("/Resources"))
        except _TooLong:
            return True
        except Exception:
            # As above: whatever pypdf makes of a broken structure.
            return True
        finally:
            self._left -= process_time() - before

    def _in_file(self) -> bool:
        """Looked through piece by piece: a mapping of all of a big file could be more than this process may have."""
        end = b""
        with self._path.open("rb") as file:
            while piece := file.read(_PIECE):
                if _TILES.search(end + piece):
                    return True
                end = piece[-_LONGEST_NAME:]
        return False


def _has_tile(resources: PdfObject | None) -> bool:
    return any(
        entry is None or (entry.get("/PatternType", 2) != 2 and not _is_plain(entry))
        for entry in _dictionaries(resources, leave_out=_UPWARDS, most=_RESOURCES)
    )


def _is_plain(tile: DictionaryObject) -> bool:
    """Whether a tile is hatching: little drawn, without fonts and pictures."""
    resources = tile.get("/Resources", DictionaryObject())
    return (
        isinstance(tile, StreamObject)
        and len(tile._data) <= _PLAIN_TILE  # as stored: unpacking may take all there is
        and isinstance(resources, DictionaryObject)
        and all(key == "/ProcSet" or not resources[key] for key in resources)
    )


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """Ends what goes on within after so many seconds of CPU, by an exception of its own."""

    def stop(_signal: int, _frame: object) -> None:
        raise _TooLong

    before = signal.signal(signal.SIGPROF, stop)
    # Again every tenth of a second: a library that swallows all exceptions would swallow a single one.
    signal.setitimer(signal.ITIMER_PROF, seconds, 0.1)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _walk(reader: PdfReader, found: set[str]) -> None:
    """Every dictionary that can be reached from the catalogue, pages' contents and fonts left out."""
    for entry in _dictionaries(reader.trailer.raw_get("/Root"), leave_out=_PLAIN_KEYS, most=_OBJECTS):
        if entry is None:
            found.add(_NOT_VERIFIED)
        else:
            _judge(entry, found)


def _dictionaries(
    start: PdfObject | None, *, leave_out: frozenset[str], most: int
) -> Iterator[DictionaryObject | None]:
    """Those that can be reached, each once, and None in the end if there are more objects than so many."""
    waiting: list[PdfObject | None] = [start]
    seen: set[tuple[int, int]] = set()
    visited = 0
    while waiting:
        entry = waiting.pop()
        if isinstance(entry, IndirectObject):
            if (entry.idnum, entry.generation) in seen:
                continue
            seen.add((entry.idnum, entry.generation))
            entry = entry.get_object()
        visited += 1
        if visited > most:
            yield None
            return
        if isinstance(entry, DictionaryObject):
            yield entry
            waiting.extend(entry.raw_get(key) for key in entry if key not in leave_out)
        elif isinstance(entry, ArrayObject):
            waiting.extend(list.__iter__(entry))


def _judge(entry: DictionaryObject, found: set[str]) -> None:
    action = entry.get("/S")
    if isinstance(action, str) and action in _ACTIONS:
        found.add(_ACTIONS[action])
    if "/JS" in entry:
        found.add("active-javascript")
    address = entry.get("/URI")
    if isinstance(address, str | bytes):
        words = address if isinstance(address, str) else address.decode("latin-1")
        if "".join(words.split()).lower().startswith(("javascript:", "vbscript:", "data:")):
            found.add("javascript-link")
    if "/EmbeddedFiles" in entry or "/EF" in entry:
        found.add("embedded-files")
    if "/XFA" in entry:
        found.add("xfa-form")
    if entry.get("/Subtype") in ("/RichMedia", "/Movie", "/Screen", "/3D"):
        found.add("active-javascript")
