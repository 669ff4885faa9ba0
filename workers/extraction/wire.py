"""Messages between the reader's processes: one JSON object, then byte strings, perhaps open files.

JSON and not pickle: the other end may be a process that a hostile document has taken over, and the most it may
do is to send wrong text.
"""

import json
import os
import socket
import struct
import time
from dataclasses import dataclass, field
from typing import Final, cast

from archive_service.kernel.boxes import Frame

_LENGTHS: Final = struct.Struct("<IQ")
HEADER_LIMIT: Final = 4 << 20
BODY_LIMIT: Final = 256 << 20
_FILES_LIMIT: Final = 4


class WireError(Exception):
    """The other end is gone, or talks nonsense."""


@dataclass(slots=True)
class Message:
    """``head`` is plain JSON; ``files`` are open descriptors that the receiver owns."""

    head: dict[str, object]
    blobs: tuple[bytes, ...] = ()
    files: tuple[int, ...] = field(default=())

    def close(self) -> None:
        """Closes the files that came along."""
        for file in self.files:
            os.close(file)
        self.files = ()

    def number(self, key: str, low: int, high: int) -> int:
        """An integer of the head within bounds, or WireError."""
        value = self.head.get(key)
        if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
            raise WireError(f"{key} isn't a number from {low} to {high}")
        return value

    def word(self, key: str, default: str = "") -> str:
        """A string of the head, or WireError."""
        value = self.head.get(key, default)
        if not isinstance(value, str):
            raise WireError(f"{key} isn't a string")
        return value

    def fraction(self, key: str) -> float | None:
        """A number of the head, None if it isn't there, or WireError."""
        value = self.head.get(key)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise WireError(f"{key} isn't a number")
        return float(value)

    def frames(self, key: str) -> tuple[Frame, ...]:
        """A list of rectangles of the head, each four fractions of a page's sides, or WireError."""
        values = self.head.get(key, [])
        if not isinstance(values, list):
            raise WireError(f"{key} isn't a list of rectangles")
        found = []
        for value in values:
            if (
                not isinstance(value, list)
                or len(value) != 4
                or not all(isinstance(side, int | float) and 0 <= side <= 1 for side in value)
            ):
                raise WireError(f"{key} isn't a list of rectangles")
            found.append(Frame(*map(float, value)))
        return tuple(found)

    def words(self, key: str) -> tuple[str, ...]:
        """A list of strings of the head, or WireError."""
        values = self.head.get(key, [])
        if not isinstance(values, list) or not all(isinstance(value, str) for value in values):
            raise WireError(f"{key} isn't a list of strings")
        return tuple(cast(list[str], values))


def send(connection: socket.socket, message: Message) -> None:
    """Sends it whole; the files stay open on this side. Raises OSError if the other end is gone."""
    head = json.dumps({**message.head, "blobs": [len(blob) for blob in message.blobs]}).encode()
    start = _LENGTHS.pack(len(head), sum(map(len, message.blobs)))
    if message.files:
        sent = socket.send_fds(connection, [start], list(message.files))
    else:
        sent = connection.send(start)
    connection.sendall(start[sent:] + head)
    for blob in message.blobs:
        connection.sendall(blob)


def receive(connection: socket.socket, within_s: float | None = None) -> Message | None:
    """The next message, or None if the other end closed between two messages.

    ``within_s``: for the whole message, so that a trickle of bytes doesn't win time; None waits for ever.
    Raises WireError for nonsense or an end in the middle, TimeoutError.
    """
    deadline = None if within_s is None else time.monotonic() + within_s
    connection.settimeout(within_s)
    start, files, flags, _ = socket.recv_fds(connection, _LENGTHS.size, _FILES_LIMIT)
    try:
        if not start:
            return None
        if flags & socket.MSG_CTRUNC:
            raise WireError("too many files in one message")
        start += _exactly(connection, _LENGTHS.size - len(start), deadline)
        head_size, body_size = _LENGTHS.unpack(start)
        if head_size > HEADER_LIMIT or body_size > BODY_LIMIT:
            raise WireError("a message too big to be honest")
        head = json.loads(_exactly(connection, head_size, deadline))
        sizes = head.pop("blobs") if isinstance(head, dict) else None
        if not isinstance(sizes, list) or not all(isinstance(size, int) and size >= 0 for size in sizes):
            raise WireError("a message without its sizes")
        if sum(sizes) != body_size:
            raise WireError("a message whose sizes don't add up")
        message = Message(head, tuple(_exactly(connection, size, deadline) for size in sizes), tuple(files))
        files = []
        return message
    except (ValueError, KeyError, RecursionError) as error:
        raise WireError("a message that isn't JSON") from error
    finally:
        for file in files:
            os.close(file)


def _exactly(connection: socket.socket, size: int, deadline: float | None) -> bytes:
    got = bytearray(size)
    view = memoryview(got)
    at = 0
    while at < size:
        if deadline is not None:
            connection.settimeout(max(0.001, deadline - time.monotonic()))
        count = connection.recv_into(view[at:], min(size - at, 1 << 20))
        if not count:
            raise WireError("the other end closed in the middle of a message")
        at += count
    return bytes(got)


def as_file(content: bytes | bytearray | memoryview, name: str) -> int:
    """An open file in memory that holds the bytes; hand it over with a message and close it."""
    file = os.memfd_create(name, os.MFD_CLOEXEC)
    view = memoryview(content)
    try:
        while view:
            view = view[os.write(file, view) :]
    except BaseException:
        os.close(file)
        raise
    return file
