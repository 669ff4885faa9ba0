"""What a child process does with the one document it was forked for: answer questions about it."""

import os
import signal
import socket
import time
from pathlib import Path
from typing import TYPE_CHECKING, Final

from workers.extraction.limits import Limits, confine, die_with_parent
from workers.extraction.searchable import SearchableWriter
from workers.extraction.sniff import Kind, kind_of
from workers.extraction.source import Source
from workers.extraction.values import Inspection, Reason, Unreadable
from workers.extraction.wire import Message, WireError, receive, send

if TYPE_CHECKING:
    from workers.extraction.composing import Composer

MOST_SOURCES: Final = 20  # beside the first; each is an open file


def run(connection: socket.socket, file: int, name: str, limits: Limits, parent: int) -> None:
    """Serves the connection until it closes, within limits; then ends the process without any clean-up.

    ``file``: the document, open for reading. A document that can't be read is told by its reason, and is the
    last answer.
    """
    status = 1
    try:
        os.setsid()
        die_with_parent(parent)
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        confine(limits.address_space, limits.cpu_s, limits.file_size, limits.open_files)
        _serve(connection, file, name, limits)
        status = 0
    except (OSError, WireError):
        status = 0  # the other end lost interest
    finally:
        # Not sys.exit: what the parent process registered for its own end isn't ours to run.
        os._exit(status)


def opened(path: Path, name: str, limits: Limits) -> Source:
    """The document, whatever it is. Raises Unreadable."""
    from workers.extraction import writing

    with path.open("rb") as file:
        kind = kind_of(file, name, lambda package: writing.is_docx(package, limits))
    if kind is Kind.PDF:
        from workers.extraction.pdf import PdfSource

        return PdfSource(path, limits)
    if kind is Kind.DOCX:
        return writing.open_docx(path, limits)
    if kind is Kind.TEXT:
        return writing.open_text(path, limits)
    from workers.extraction.raster import RasterSource

    return RasterSource(path, kind, limits)


class _Conversation:
    """One document's questions and answers, in order."""

    def __init__(self, file: int, name: str, limits: Limits) -> None:
        self._path = Path(f"/proc/self/fd/{file}")
        self._name = name
        self._limits = limits
        self._source: Source | None = None
        self._writer: SearchableWriter | None = None
        self._composer: Composer | None = None
        self._further: list[int] = []  # other documents, open while this one is

    def answer(self, request: Message) -> Message:
        """The answer to a request, also where it is that the document can't be read.

        One page may be beyond reading while the others aren't, so that isn't the end.
        """
        try:
            return self._done(request)
        except Unreadable as problem:
            return Message({"reason": problem.reason.value, "detail": problem.detail})
        except MemoryError:
            return Message({"reason": Reason.OUT_OF_MEMORY.value, "detail": "in the child"})
        except (OSError, WireError):
            raise
        except Exception as error:
            # A flaw in a library, met by an odd document: its type and place help, its words may be the document's.
            return Message(
                {"reason": Reason.BROKEN.value, "detail": f"{type(error).__name__} {_place(error)}"}
            )

    def _done(self, request: Message) -> Message:
        source = self._source = self._source or opened(self._path, self._name, self._limits)
        match request.word("job"):
            case "inspect":
                return _inspection(source.inspect(thoroughly=request.head.get("thoroughly") is True))
            case "page":
                return _page(source, request)
            case "tiles":
                return _tiles(source, self._path, request)
            case "searchable":
                self._writer = SearchableWriter(os.dup(request.files[0]))
            case "compose":
                return self._composed(source, request)
            case "compose-source":
                self._add_source(source, request)
            case "searchable-page" if self._writer is not None:
                self._writer.add(source, request)
            case "searchable-end" if self._writer is not None:
                self._writer.finish()
            case job:
                raise WireError(f"no such job: {job}")
        return Message({})

    def _composing(self, source: Source) -> "Composer":
        from workers.extraction.composing import Composer

        self._composer = self._composer or Composer(source, self._path)
        return self._composer

    def _add_source(self, source: Source, request: Message) -> None:
        if len(request.files) != 1 or len(self._further) >= MOST_SOURCES:
            raise WireError("one more document, or none")
        self._further.append(os.dup(request.files[0]))
        path = Path(f"/proc/self/fd/{self._further[-1]}")
        self._composing(source).add_source(opened(path, request.word("name"), self._limits), path)

    def _composed(self, source: Source, request: Message) -> Message:
        from workers.extraction.composing import read_leaves

        if len(request.blobs) != 1 or len(request.files) != 1:
            raise WireError("pages without a place for them")
        leaves = read_leaves(request.blobs[0].decode(), len(self._further) + 1)
        return Message({"size": self._composing(source).write(leaves, request.files[0])})


def _serve(connection: socket.socket, file: int, name: str, limits: Limits) -> None:
    conversation = _Conversation(file, name, limits)
    while (request := receive(connection)) is not None:
        try:
            answer = conversation.answer(request)
        finally:
            request.close()
        answer.head["cpu_s"] = time.process_time()
        send(connection, answer)
        answer.close()


def _place(error: BaseException) -> str:
    place = error.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    return f"{Path(place.tb_frame.f_code.co_filename).name}:{place.tb_lineno}" if place else ""


def _inspection(found: Inspection) -> Message:
    return Message(
        {
            "media_type": found.media_type,
            "page_count": found.page_count,
            "flags": list(found.flags),
            "title": found.title,
            "properties": dict(found.properties) if found.properties is not None else None,
        }
    )


def _page(source: Source, request: Message) -> Message:
    number = request.number("number", 1, 1_000_000)
    return source.page(number, scan=request.head.get("scan") is True, spot=request.head.get("spot") is True)


def _tiles(source: Source, path: Path, request: Message) -> Message:
    from workers.extraction.tiles import write_tiles

    number, rotation = request.number("number", 1, 1_000_000), request.number("rotation", 0, 270)
    width, height = write_tiles(source, path, number, rotation, request.files[0])
    return Message({"width": width, "height": height})
