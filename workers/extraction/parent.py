"""The forking parent: has everything imported and warmed up, and forks one child a document.

A fork costs 2–3 ms where a fresh interpreter costs 177. Nothing that starts threads (numpy, OpenCV, ONNX Runtime,
libvips) is imported here, since a fork copies one thread only and the locks of all.

It ends when its owner's end of the control socket closes, and takes all children with it.
"""

import gc
import io
import json
import os
import selectors
import signal
import socket
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import defusedxml.ElementTree  # noqa: F401  (imported here so that no child has to)
import pypdf
import pypdfium2  # noqa: F401
from PIL import Image
from pypdf.generic import DictionaryObject, NameObject, StreamObject

from workers.extraction import child
from workers.extraction.limits import Limits, cut_network
from workers.extraction.pdf import PdfSource
from workers.extraction.pdf_structure import active_content
from workers.extraction.raster import RasterSource
from workers.extraction.rubbish import looks_like_rubbish
from workers.extraction.sniff import Kind
from workers.extraction.wire import as_file
from workers.extraction.writing import WritingSource

_REQUEST_LIMIT: Final = 65536


@dataclass(slots=True)
class _Child:
    pid: int
    pidfd: int
    lifeline: socket.socket


class Parent:
    """Serves fork requests. One thread, one loop, no waiting anywhere else."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._selector = selectors.DefaultSelector()
        self._selector.register(control, selectors.EVENT_READ)
        self._children: dict[int, _Child] = {}  # by the file numbers of process and lifeline both

    def serve(self) -> None:
        """Until the control socket closes."""
        while True:
            for key, _ in self._selector.select():
                if key.fileobj is self._control:
                    if not self._fork_one():
                        self._kill_all()
                        return
                elif (one := self._children.get(key.fd)) is not None:
                    if key.fd == one.pidfd:
                        self._bury(one)
                    else:
                        # The reader closed its end, or says stop: the document isn't wanted any more.
                        self._selector.unregister(one.lifeline)
                        self._children.pop(one.lifeline.fileno())
                        _kill(one.pid)

    def _fork_one(self) -> bool:
        """Forks for one request; False if the owner is gone."""
        try:
            request, files, _, _ = socket.recv_fds(self._control, _REQUEST_LIMIT, 3)
        except OSError:
            return False
        if not request:
            return False
        if len(files) != 3:
            for file in files:
                os.close(file)
            return True
        told = json.loads(request)
        work, document, lifeline = files
        me = os.getpid()
        pid = os.fork()
        if pid == 0:
            self._forget_family(lifeline)
            child.run(socket.socket(fileno=work), document, told["name"], Limits(**told["limits"]), me)
        os.close(work)
        os.close(document)
        one = _Child(pid, os.pidfd_open(pid), socket.socket(fileno=lifeline))
        self._children[one.pidfd] = one
        self._children[lifeline] = one
        self._selector.register(one.pidfd, selectors.EVENT_READ)
        self._selector.register(one.lifeline, selectors.EVENT_READ)
        return True

    def _forget_family(self, lifeline: int) -> None:
        """A child holds nothing of its siblings'."""
        self._selector.close()
        self._control.close()
        os.close(lifeline)
        for one in {id(one): one for one in self._children.values()}.values():
            os.close(one.pidfd)
            one.lifeline.close()

    def _bury(self, one: _Child) -> None:
        _kill(one.pid)  # whatever it left in its group; it still has its number, so no stranger is hit
        _, status, used = os.wait4(one.pid, 0)
        self._selector.unregister(one.pidfd)
        self._children.pop(one.pidfd)
        if self._children.pop(one.lifeline.fileno(), None) is not None:
            self._selector.unregister(one.lifeline)
        os.close(one.pidfd)
        told = {"status": status, "max_rss": used.ru_maxrss * 1024}
        # The reader may be gone already; then nobody wants to know.
        with suppress(OSError):
            one.lifeline.send(json.dumps(told).encode(), socket.MSG_DONTWAIT | socket.MSG_NOSIGNAL)
        one.lifeline.close()

    def _kill_all(self) -> None:
        for one in {id(one): one for one in self._children.values()}.values():
            _kill(one.pid)


def _kill(pid: int) -> None:
    for kill in (os.killpg, os.kill):  # the child may not have made its own group yet
        try:
            kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def warm_up() -> None:
    """Reads small documents of every kind once: what is loaded on first use is then loaded for all children.

    ``Image.preinit()`` alone costs each fresh child 59 ms.
    """
    limits = Limits()
    Image.preinit()
    picture = Image.new("RGB", (200, 100), "white")
    scan = io.BytesIO()
    picture.save(scan, "PDF")
    for content, kind in (
        (scan.getvalue(), Kind.PDF),
        (_text_page(), Kind.PDF),
        (_saved(picture, "TIFF"), Kind.TIFF),
        (_saved(picture, "JPEG"), Kind.JPEG),
    ):
        file = as_file(content, "warm")
        path = Path(f"/proc/self/fd/{file}")
        source = PdfSource(path, limits) if kind is Kind.PDF else RasterSource(path, kind, limits)
        if kind is Kind.PDF:
            active_content(path, 10.0)
        for scanned in (False, True):
            source.page(1, scan=scanned, spot=False).close()
        os.close(file)
    WritingSource(Kind.TEXT, "warm", None, (), limits).page(1, scan=False, spot=False)
    looks_like_rubbish("".join(map(chr, range(ord("一"), ord("龥")))))  # fills its memory of characters


def _text_page() -> bytes:
    writer = pypdf.PdfWriter()
    page = writer.add_blank_page(595, 842)
    font = DictionaryObject(
        {NameObject("/Type"): NameObject("/Font"), NameObject("/Subtype"): NameObject("/Type1")}
        | {NameObject("/BaseFont"): NameObject("/Helvetica")}
    )
    fonts = DictionaryObject({NameObject("/F"): font})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/Font"): fonts})
    content = StreamObject()
    content.set_data(b"BT /F 12 Tf 60 780 Td (The quick brown fox 13800138000) Tj ET")
    page[NameObject("/Contents")] = writer._add_object(content)
    return _written(writer)


def _written(writer: pypdf.PdfWriter) -> bytes:
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


def _saved(picture: Image.Image, kind: str) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind)
    return out.getvalue()


def main() -> None:
    """Serves the control socket whose number is the argument."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is the owner's to handle
    cut_network()
    warm_up()
    gc.collect()
    gc.freeze()  # so that a child's collector doesn't touch, and thereby copy, the parent's pages
    control.send(b"ready")
    Parent(control).serve()


if __name__ == "__main__":
    main()
