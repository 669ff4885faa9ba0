"""Run as a program: tells small stories with a store, in processes killed at one system call after another.

``python -m tests.storage.crashing STORY DIRECTORY`` makes ``DIRECTORY/<round>/blobs`` and, beside it,
``acknowledged`` (one JSON line for each thing the store has promised) for every round. The last round of each
of the two series is not killed.
"""

import itertools
import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from hashlib import sha1
from pathlib import Path
from typing import NoReturn

from storage import Checksum, LocalBlobStore

KEY = "c" * 32
FIRST = [b"first " * 700, b"second " * 700]
LAST = [b"third " * 700, b"fourth " * 700]
PICTURES = [b"page 1", b"page 2" * 500, b"page 3"]
OLD_AND_WANTED, OLD_AND_UNWANTED, OLD_AND_LATE, YOUNG = b"wanted", b"unwanted", b"late", b"young"
CALLS = (
    "open",
    "mkdir",
    "write",
    "pwrite",
    "fsync",
    "rename",
    "link",
    "unlink",
    "ftruncate",
    "utime",
    "fchmod",
)

Promise = Callable[[str, object], None]


def put(store: LocalBlobStore, promise: Promise) -> None:
    promise("blob", store.put(FIRST).digest)
    promise("blob", store.put(FIRST).digest)


def put_many(store: LocalBlobStore, promise: Promise) -> None:
    for blob in store.put_many(PICTURES):
        promise("blob", blob.digest)


def upload(store: LocalBlobStore, promise: Promise) -> None:
    store.parts.create(KEY)
    promise("offset", 0)
    promise("offset", offset := store.parts.append(KEY, 0, FIRST, limit=1 << 20))
    proof = Checksum("sha1", sha1(b"".join(LAST), usedforsecurity=False).digest())
    promise("offset", store.parts.append(KEY, offset, LAST, limit=1 << 20, checksum=proof))
    promise("blob", store.parts.seal(KEY).digest)


def sweep(store: LocalBlobStore, promise: Promise) -> None:
    digests = {data: store.put([data]).digest for data in (OLD_AND_WANTED, OLD_AND_LATE, YOUNG)}
    for digest in digests.values():
        promise("blob", digest)
    referenced = [{digests[OLD_AND_WANTED]}, {digests[OLD_AND_WANTED], digests[OLD_AND_LATE]}]
    store.sweep(lambda _: referenced.pop(0), datetime.now(UTC) - timedelta(days=1))


STORIES: dict[str, Callable[[LocalBlobStore, Promise], None]] = {
    story.__name__: story for story in (put, put_many, upload, sweep)
}


def prepare(story: str, root: Path) -> None:
    """What stands in the store when the story begins."""
    store = LocalBlobStore(root)
    if story != "sweep":
        return
    for data in (OLD_AND_WANTED, OLD_AND_UNWANTED, OLD_AND_LATE):
        digest = store.put([data]).digest
        os.utime(root / "sha256" / digest[:2] / digest, (0, 0))


def die() -> NoReturn:
    os.kill(os.getpid(), signal.SIGKILL)
    raise AssertionError("still alive")


def doom(nth: int, torn: bool) -> None:
    """This process dies before the ``nth`` of the calls or, if torn, half way through the ``nth`` write."""
    count = itertools.count(1)  # across threads

    def doomed(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **kwargs: object) -> object:
            if next(count) == nth:
                if torn:
                    fd, data, at = args
                    assert isinstance(data, bytes)
                    real(fd, data[: len(data) // 2], at)
                die()
            return real(*args, **kwargs)

        return call

    for name in ("pwrite",) if torn else CALLS:
        setattr(os, name, doomed(name, getattr(os, name)))


def one_round(story: str, directory: Path, nth: int, torn: bool) -> bool:
    """Whether it was killed."""
    root = directory / "blobs"
    directory.mkdir()
    prepare(story, root)
    child = os.fork()
    if child == 0:
        promises = os.open(directory / "acknowledged", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
        tell = os.write
        store = LocalBlobStore(root)
        doom(nth, torn)
        STORIES[story](
            store, lambda kind, value: void(tell(promises, f"{json.dumps([kind, value])}\n".encode()))
        )
        os._exit(0)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL:
        return True
    if status != 0:
        raise SystemExit(f"round {directory.name} of {story} ended with status {status}")
    return False


def void(_result: object) -> None:
    """For a lambda that is called for its effect."""


def main(story: str, directory: Path) -> None:
    for torn in (False, True):
        nth = 1
        while one_round(story, directory / f"{'torn' if torn else 'clean'}-{nth:03}", nth, torn):
            nth += 1


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
