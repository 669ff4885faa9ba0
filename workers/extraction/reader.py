"""The front of extraction: a file's path in, its pages out."""

import json
import os
import zlib
from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Self

from archive_service.kernel.grids import unpack_grid
from workers.extraction.limits import DEFAULT_LIMITS, Limits
from workers.extraction.pool import Pool, RecogniserDied
from workers.extraction.rubbish import says_the_same
from workers.extraction.sessions import ForkServer, Session
from workers.extraction.values import (
    FLAGS,
    PROPERTIES,
    Inspection,
    Leaf,
    PageLooks,
    PageReading,
    PageText,
    Reason,
    TileInfo,
    Unreadable,
)
from workers.extraction.wire import Message, WireError

_MOST_TEXT: Final = 4_000_000  # bytes of one page's text
_MOST_PIXELS: Final = 1 << 20  # of one side
_LONGEST_MM: Final = 10_000
# One page beyond reading doesn't take its document down.
_PAGE_ALONE: Final = frozenset({Reason.BROKEN, Reason.TOO_MANY_PIXELS, Reason.UNSUPPORTED})


@dataclass(slots=True)
class _Pending:
    """A page under way: what the child said, what a recogniser will say to it, or why there is nothing to say."""

    number: int
    message: Message
    recognised: "Future[Message] | None" = None
    problem: Unreadable | None = None


class Reader:
    """Reads documents in child processes; one for a whole worker, for any number of its threads.

    Nothing is started before the first document. Opening a file that isn't there raises OSError; everything that
    is a document's fault, or happens to a process, raises ``Unreadable``, and the next document is read as if
    nothing had been.
    """

    def __init__(
        self, limits: Limits = DEFAULT_LIMITS, recognisers: int | None = None, idle_seconds: float = 180.0
    ) -> None:
        """``recognisers``: processes that recognise text, one a core unless told; they end when idle."""
        self._limits = limits
        self._recognisers = recognisers or len(os.sched_getaffinity(0))
        self._server = ForkServer(limits)
        self._pool = Pool(self._recognisers, idle_seconds, limits.wall_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Ends all processes; documents being read fail."""
        self._server.close()
        self._pool.close()

    def processes(self) -> tuple[int, ...]:
        """Ids of the processes that run now: the forking parent, then the recognisers."""
        parent = self._server.pid
        return (*((parent,) if parent else ()), *self._pool.processes())

    def read(
        self, path: Path, name: str, *, done: Container[int] = (), upright: bool = False
    ) -> Iterator[Inspection | PageReading]:
        """First what the document is, then each page not in ``done``, in order, as soon as it is read.

        ``name`` is the file's own name, by which a disguise is known. ``upright``: the pages stand as somebody wants
        them to, and aren't turned by what is recognised. Raises Unreadable, also between pages:
        what came before stays good, and a later call with ``done`` goes on from there.
        """
        session = Session(self._server, path, name, self._limits)
        pending: deque[_Pending] = deque()
        try:
            inspection = _inspection(session.ask(Message({"job": "inspect", "thoroughly": True})))
            yield inspection
            yield from self._pages(session, inspection.page_count, done, pending, upright=upright)
        except RecogniserDied as error:
            raise Unreadable(Reason.CRASHED, f"recognition: {error}") from error
        except WireError as error:
            raise Unreadable(Reason.CRASHED, f"a child's answer makes no sense: {error}") from error
        finally:
            session.close()
            for left in pending:
                if left.recognised is not None:
                    left.recognised.cancel()
                left.message.files = ()

    def tiles(self, path: Path, page: int, rotation: int, out: Path, *, name: str = "") -> TileInfo:
        """Writes a page's Deep Zoom pyramid to ``out``, one ZIP of stored entries: ``page.dzi`` and
        ``page_files/LEVEL/COLUMN_ROW.jpg``, 254 pixels a tile and one of overlap.

        ``rotation``: as the page's reading says. Raises Unreadable; then ``out`` isn't left behind.
        """
        request = Message({"job": "tiles", "number": page, "rotation": rotation})
        with _Written(out) as file:
            request.files = (file,)
            session = Session(self._server, path, name, self._limits)
            try:
                answer = session.ask(request)
                return TileInfo(
                    answer.number("width", 1, _MOST_PIXELS), answer.number("height", 1, _MOST_PIXELS)
                )
            except WireError as error:
                raise Unreadable(Reason.CRASHED, str(error)) from error
            finally:
                session.close()

    def searchable_pdf(self, path: Path, pages: Iterable[PageText], out: Path, *, name: str = "") -> None:
        """Writes the pages' pictures with their text, unseen, in place.

        Raises Unreadable; then ``out`` isn't left behind.
        """
        with _Written(out) as file:
            session = Session(self._server, path, name, self._limits)
            try:
                session.ask(Message({"job": "searchable"}, files=(file,)))
                for page in pages:
                    told = {"job": "searchable-page", "number": page.number, "rotation": page.rotation}
                    session.ask(Message(told, (page.text.encode(), page.boxes)), stay=True)
                session.ask(Message({"job": "searchable-end"}), stay=True)
            finally:
                session.close()

    def compose(
        self, sources: Sequence[tuple[Path, str]], parts: Sequence[tuple[Sequence[Leaf], Path]]
    ) -> None:
        """Writes a new PDF for each of ``parts``: pages of the sources (path and file name), in this order, turned.

        PDF pages are copied and JPEGs put in as they are; the sources stay as they were. Raises Unreadable; then
        the last of the new files isn't left behind.
        """
        (path, name), *further = sources
        session = Session(self._server, path, name, self._limits)
        try:
            for other, called in further:
                file = os.open(other, os.O_RDONLY | os.O_CLOEXEC)
                try:
                    told: dict[str, object] = {"job": "compose-source", "name": called[-200:]}
                    session.ask(Message(told, files=(file,)), stay=True)
                finally:
                    os.close(file)
            for leaves, out in parts:
                with _Written(out) as file:
                    sent = json.dumps([list(leaf) for leaf in leaves]).encode()
                    session.ask(Message({"job": "compose"}, (sent,), (file,)), stay=True)
        except WireError as error:
            raise Unreadable(Reason.CRASHED, str(error)) from error
        finally:
            session.close()

    def look(self, picture: Path, *, codes: bool = True) -> PageLooks:
        """What a page's preview shows beside words; ``codes``: look for those too, which takes most of the time.

        Raises Unreadable, OSError.
        """
        session = Session(self._server, picture, "preview.jpg", self._limits)
        try:
            shown = session.ask(Message({"job": "page", "number": 1, "scan": True, "spot": False}))
            if not shown.files:
                raise WireError("a picture without pixels")
            job: dict[str, object] = {
                "job": "look",
                "codes": codes,
                "width": shown.number("width", 1, _MOST_PIXELS),
                "height": shown.number("height", 1, _MOST_PIXELS),
                "channels": shown.number("channels", 1, 3),
            }
            answer = self._pool.submit(Message(job, files=shown.files)).result()
            if len(answer.blobs) != 1 or len(answer.blobs[0]) != 8:
                raise WireError("a look without its hash")
            return PageLooks(answer.words("codes"), answer.head.get("blank") is True, answer.blobs[0])
        except RecogniserDied as error:
            raise Unreadable(Reason.CRASHED, f"recognition: {error}") from error
        except WireError as error:
            raise Unreadable(Reason.CRASHED, str(error)) from error
        finally:
            session.close()

    def _pages(
        self,
        session: Session,
        count: int,
        done: Container[int],
        pending: deque[_Pending],
        *,
        upright: bool,
    ) -> Iterator[PageReading]:
        numbers = (number for number in range(1, count + 1) if number not in done)
        trusted = False  # the text layer has been compared with a picture once
        unread: Unreadable | None = None
        read = False
        exhausted = False
        while True:
            while not exhausted and len(pending) <= self._recognisers:
                number = next(numbers, None)
                if number is None:
                    exhausted = True
                    break
                pending.append(self._begun(session, number, upright, spot=not trusted))
                problem = pending[-1].problem
                # The pages before are still to come out; only then is this the end.
                exhausted = problem is not None and problem.reason not in _PAGE_ALONE
            if not pending:
                break
            head = pending[0]
            if head.problem is not None:
                if head.problem.reason not in _PAGE_ALONE:
                    raise head.problem
                unread = head.problem
                yield _nothing(head.number)
            else:
                if head.recognised is not None and head.message.word("kind") == "text":
                    trusted = self._agrees(head)
                    if not trusted:
                        pending[0] = self._begun(session, head.number, upright, scan=True)
                        continue
                    if head.message.head.get("mixed") is True:
                        # Its text is believed now; the pictures on it are still to be read.
                        pending[0] = self._begun(session, head.number, upright)
                        continue
                yield _reading(head)
                read = True
            pending.popleft()
        if unread is not None and not read:
            raise unread

    def _begun(
        self, session: Session, number: int, upright: bool, *, scan: bool = False, spot: bool = False
    ) -> _Pending:
        request = Message({"job": "page", "number": number, "scan": scan, "spot": spot})
        try:
            message = session.ask(request)
        except Unreadable as problem:
            return _Pending(number, Message({}), problem=problem)
        if not message.files:
            if message.word("kind") != "text":
                raise WireError("a scan without its picture")
            return _Pending(number, message)
        if message.word("kind") == "text":
            job: dict[str, object] = {
                "job": "lines",
                "width": message.number("spot_width", 1, _MOST_PIXELS),
                "heights": message.head.get("spot_heights"),
                "height": _total(message),
                "channels": 1,
            }
        elif message.word("kind") == "mixed":
            _checked_text(message)
            job = {
                "job": "mixed",
                "width": message.number("width", 1, _MOST_PIXELS),
                "height": message.number("height", 1, _MOST_PIXELS),
                "channels": message.number("channels", 1, 3),
                "long_mm": message.fraction("long_mm"),
                "areas": [[area.x0, area.y0, area.x1, area.y1] for area in message.frames("areas")],
                "covered": [[area.x0, area.y0, area.x1, area.y1] for area in message.frames("covered")],
            }
        else:
            job = {
                "job": "page",
                "upright": upright,
                "width": message.number("width", 1, _MOST_PIXELS),
                "height": message.number("height", 1, _MOST_PIXELS),
                "channels": message.number("channels", 1, 3),
                "long_mm": message.fraction("long_mm"),
            }
        known = message.blobs if job["job"] == "mixed" else ()
        recognised = self._pool.submit(Message(job, known, files=message.files))
        message.files = ()
        return _Pending(number, message, recognised)

    def _agrees(self, pending: _Pending) -> bool:
        assert pending.recognised is not None
        texts = pending.recognised.result().words("texts")
        return says_the_same(list(pending.message.words("spots")), list(texts))


def _inspection(answer: Message) -> Inspection:
    title = answer.head.get("title")
    flags = answer.words("flags")
    if not FLAGS.issuperset(flags):
        raise WireError("a flag that nobody knows")
    return Inspection(
        media_type=answer.word("media_type"),
        page_count=answer.number("page_count", 1, 1_000_000),
        flags=flags,
        title=title if isinstance(title, str) else None,
        properties=_properties(answer),
    )


def _total(message: Message) -> int:
    heights = message.head.get("spot_heights")
    if not isinstance(heights, list) or not all(
        isinstance(height, int) and 0 < height < 1000 for height in heights
    ):
        raise WireError("spots without their heights")
    return sum(heights)


def _reading(pending: _Pending) -> PageReading:
    message = pending.message
    if message.word("kind") == "text":
        return _checked(_made(pending.number, message, message, "text"))
    if pending.recognised is None:
        raise WireError("a scan without its reading")
    source = "text" if message.word("kind") == "mixed" else "ocr"
    return _checked(_made(pending.number, message, pending.recognised.result(), source))


def _made(number: int, told: Message, answer: Message, source: str) -> PageReading:
    if len(answer.blobs) != 5:
        raise WireError("a page without its parts")
    text, boxes, preview, masked, thumbnail = answer.blobs
    if len(text) > _MOST_TEXT:
        raise WireError("more text than a page can hold")
    rotation = answer.number("rotation", 0, 270) if source == "ocr" else 0
    full = told.number("full_width", 0, _MOST_PIXELS), told.number("full_height", 0, _MOST_PIXELS)
    try:
        words = text.decode()
    except UnicodeDecodeError as error:
        raise WireError("text that isn't UTF-8") from error
    return PageReading(
        number=number,
        width=answer.number("width", 0, _MOST_PIXELS),
        height=answer.number("height", 0, _MOST_PIXELS),
        rotation=rotation,
        source="none" if not words.strip() else "ocr" if source == "ocr" else "text",
        text=words,
        boxes=boxes,
        confidence=answer.fraction("confidence"),
        preview=preview,
        masked_preview=masked or None,
        thumbnail=thumbnail,
        full_width=full[1] if rotation in (90, 270) else full[0],
        full_height=full[0] if rotation in (90, 270) else full[1],
        long_mm=_long_mm(told),
        grid=_grid(answer),
    )


def _long_mm(told: Message) -> float | None:
    long = told.fraction("long_mm")
    return long if long is not None and 1 <= long <= _LONGEST_MM else None


def _grid(answer: Message) -> bytes | None:
    try:
        packed = bytes.fromhex(answer.word("grid"))
    except ValueError as error:
        raise WireError("a grid that is none") from error
    return packed if packed and unpack_grid(packed) is not None else None


def _properties(answer: Message) -> dict[str, str | int] | None:
    told = answer.head.get("properties")
    if told is None:
        return None
    if not isinstance(told, dict) or not PROPERTIES.issuperset(told):
        raise WireError("a property that nobody knows")
    if not all(
        isinstance(value, int) or (isinstance(value, str) and len(value) <= 4) for value in told.values()
    ):
        raise WireError("a property without a sensible value")
    return dict(told)


def _checked_text(message: Message) -> None:
    """What goes on to a recogniser, which trusts it. Raises WireError."""
    if len(message.blobs) != 2 or len(message.blobs[0]) > _MOST_TEXT:
        raise WireError("a page without the text that is known of it")
    try:
        text = message.blobs[0].decode()
    except UnicodeDecodeError as error:
        raise WireError("text that isn't UTF-8") from error
    _check_boxes(text, message.blobs[1])


def _check_boxes(text: str, boxes: bytes) -> None:
    if not boxes:
        return
    size = 9 * len(text)
    unpacked = zlib.decompressobj()
    try:
        if len(unpacked.decompress(boxes, size + 1)) != size:
            raise WireError("boxes for another text")
    except zlib.error as error:
        raise WireError("boxes that can't be unpacked") from error


def _checked(page: PageReading) -> PageReading:
    """A child that a document has taken over may send wrong pictures of wrong text, but nothing else."""
    for picture in (page.preview, page.masked_preview, page.thumbnail):
        if picture and not picture.startswith(b"\xff\xd8\xff"):
            raise WireError("a preview that isn't a JPEG")
    _check_boxes(page.text, page.boxes)
    if page.source == "none":
        return replace(page, text="", boxes=b"", confidence=None)
    return page


def _nothing(number: int) -> PageReading:
    return PageReading(number, 0, 0, 0, "none", "", b"", None, b"", None, b"", 0, 0)


class _Written:
    """A new file, removed again if what is written to it fails."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> int:
        self._file = os.open(self._path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        return self._file

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        os.close(self._file)
        if kind is not None:
            self._path.unlink(missing_ok=True)
