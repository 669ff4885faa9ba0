"""The most that a conversation may take in all: a server that says one byte now and then keeps every time-out."""

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from typing import Final

STEP_SECONDS: Final = 10.0
WHOLE_SECONDS: Final = 30.0


@contextlib.contextmanager
def hung_up_after(seconds: float, line: Callable[[], socket.socket | None]) -> Iterator[threading.Event]:
    """Close the line when the time is over; the event says that it was. ``line``: the socket, once there is one."""
    over = threading.Event()

    def hang_up() -> None:
        over.set()
        open_line = line()
        if open_line is not None:
            with contextlib.suppress(OSError):
                open_line.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(seconds, hang_up)
    timer.daemon = True
    timer.start()
    try:
        yield over
    finally:
        timer.cancel()
