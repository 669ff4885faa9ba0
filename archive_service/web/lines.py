"""Large request bodies: read block by block, and not so many at once that nothing else is answered.

Each body that comes in holds one thread of the web server for as long as its sender takes, and the wait for a
silent sender can't be given up: answering a request while its body is still being read in another thread stops
the whole server. So places for bodies are counted, and there are fewer of them than threads.
"""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from threading import BoundedSemaphore, Lock
from typing import Final

from flask import request

from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Busy

READ_BYTES: Final = 64 * 1024  # the server gives a block only when it is full, or at the end
MOST_LINES: Final = 48  # in one process, of its 64 threads: the others answer everything else
MOST_LINES_EACH: Final = 6  # a person; a page sends three files at once

_free = BoundedSemaphore(MOST_LINES)
_held: Counter[int] = Counter()
_guard = Lock()


@contextmanager
def upload_line(actor: Actor) -> Iterator[None]:
    """Hold one of the places for large bodies. Raises Busy if they are taken: the sender tries again soon."""
    person = actor.user_id or 0
    with _guard:
        if _held[person] >= MOST_LINES_EACH or not _free.acquire(blocking=False):
            raise Busy()
        _held[person] += 1
    try:
        yield
    finally:
        with _guard:
            _held[person] -= 1
            if not _held[person]:
                del _held[person]
        _free.release()


def body_blocks() -> Iterator[bytes]:
    """The request's body in blocks, however long it is: bounding it is the caller's.

    A line that breaks ends early, or raises.
    """
    request.max_content_length = None
    stream = request.stream
    while block := stream.read(READ_BYTES):
        yield block
