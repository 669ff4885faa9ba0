"""A recogniser process: decoded pixels in, text and pictures out. Started by the pool, one a core,
with one thread each (the environment that it is given says so to numpy and the like).

It never sees a document's bytes. Its requests: ``page`` (one raster), ``mixed`` (a raster with the text that is
known of it and the areas to be read besides), ``lines`` (strips of one raster) and ``look`` (codes on a raster).
"""

import os
import socket
import sys
from typing import Final

import cv2
import numpy as np
from PIL import Image

from workers.extraction.detect import Pixels
from workers.extraction.limits import MIB, cut_network, die_with_parent
from workers.extraction.mixed import merged
from workers.extraction.pictures import Reading, pictures
from workers.extraction.rows import side_by_side
from workers.extraction.scan import PageReader
from workers.extraction.wire import Message, WireError, receive, send

_PIXELS_LIMIT: Final = 200_000_000


def main() -> None:
    """Serves the socket whose number and whose owner's process id are the arguments, until the other end closes."""
    die_with_parent(int(sys.argv[2]))
    cut_network()
    cv2.setNumThreads(1)
    connection = socket.socket(fileno=int(sys.argv[1]))
    reader = PageReader()
    send(connection, Message({"ready": True}))
    while (request := receive(connection)) is not None:
        try:
            answer = _JOBS.get(request.word("job"), _page)(reader, request)
        finally:
            request.close()
        send(connection, answer)


def _page(reader: PageReader, request: Message) -> Message:
    picture = _pixels(request)
    upright = request.head.get("upright") is True
    scan = reader.read(picture, request.fraction("long_mm"), upright=upright)
    shown = scan.upright if scan.upright.ndim == 2 else np.ascontiguousarray(scan.upright[:, :, ::-1])
    made = pictures(
        Image.fromarray(shown), Reading(scan.text, scan.boxes), unread=scan.unread, checked=scan.checked
    )
    return Message(
        {
            "rotation": scan.rotation,
            "confidence": scan.confidence,
            "width": made.width,
            "height": made.height,
            "grid": made.grid.hex(),
        },
        (scan.text.encode(), scan.boxes, made.preview, made.masked or b"", made.thumbnail),
    )


def _mixed(reader: PageReader, request: Message) -> Message:
    """A page whose text is known, and the pictures on it are not. Its own text stays as it is."""
    picture = _pixels(request)
    if len(request.blobs) != 2:
        raise WireError("a page without the text that is known of it")
    known = Reading(request.blobs[0].decode(), request.blobs[1])
    areas, covered = request.frames("areas"), request.frames("covered")
    scan = reader.read_areas(picture, areas, request.fraction("long_mm"))
    whole = merged(known, Reading(scan.text, scan.boxes), areas)
    shown = picture if picture.ndim == 2 else np.ascontiguousarray(picture[:, :, ::-1])
    made = pictures(
        Image.fromarray(shown),
        whole,
        Reading(scan.text, scan.boxes),
        side_by_side(whole),
        unread=(*covered, *scan.unread) if scan.checked else (*covered, *areas),
    )
    return Message(
        {
            "rotation": 0,
            "confidence": None,
            "width": made.width,
            "height": made.height,
            "grid": made.grid.hex(),
        },
        (whole.text.encode(), whole.boxes, made.preview, made.masked or b"", made.thumbnail),
    )


def _lines(reader: PageReader, request: Message) -> Message:
    """Texts of horizontal strips that lie one under the other in the raster; ``heights`` tells how they are cut."""
    picture = _pixels(request)
    heights = request.head.get("heights")
    if not isinstance(heights, list) or not all(isinstance(height, int) and height > 0 for height in heights):
        raise WireError("strips without their heights")
    texts, top = [], 0
    for height in heights[:16]:
        texts.append(reader.lines.tiny.read(picture[top : top + height]).text)
        top += height
    return Message({"texts": texts})


def _look(_reader: PageReader, request: Message) -> Message:
    """What a page's picture shows beside words."""
    from workers.extraction.looks import look

    found = look(_pixels(request), codes=request.head.get("codes") is True)
    return Message({"codes": list(found.codes), "blank": found.is_blank}, (found.picture_hash,))


def _pixels(request: Message) -> Pixels:
    width, height = request.number("width", 1, 1 << 20), request.number("height", 1, 1 << 20)
    channels = request.number("channels", 1, 3)
    size = width * height * channels
    if channels == 2 or width * height > _PIXELS_LIMIT or len(request.files) != 1:
        raise WireError("not a picture that can be read")
    pixels = bytearray(size)
    view, at = memoryview(pixels), 0
    # Read, not mapped: whoever made the file could cut it short under a mapping, and a fault would end us.
    while at < size and (got := os.preadv(request.files[0], [view[at : at + 16 * MIB]], at)):
        at += got
    if at < size:
        raise WireError("a picture with pixels missing")
    picture = np.frombuffer(pixels, np.uint8)
    if channels == 1:
        return picture.reshape(height, width)
    return np.asarray(cv2.cvtColor(picture.reshape(height, width, 3), cv2.COLOR_RGB2BGR), np.uint8)


_JOBS: Final = {"page": _page, "mixed": _mixed, "lines": _lines, "look": _look}


if __name__ == "__main__":
    main()
