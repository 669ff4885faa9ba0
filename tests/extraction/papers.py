"""Documents for the stories: honest ones, and PDFs written by hand so that they can be anything but."""

import io
import zlib
from collections.abc import Sequence
from pathlib import Path

from PIL import Image
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

A4 = (595.0, 842.0)


def text_pdf(
    pages: Sequence[Sequence[str]],
    font: Path,
    *,
    title: str = "",
    size: float = 12,
    encrypt: str | None = None,
) -> bytes:
    """A PDF with a text layer, a line a string, from 60 points left and 60 from the top."""
    pdfmetrics.registerFont(TTFont("Chinese", str(font)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4, encrypt=encrypt)
    canvas.setTitle(title)
    for lines in pages:
        canvas.setFont("Chinese", size)
        for number, line in enumerate(lines):
            canvas.drawString(60, A4[1] - 60 - number * size * 1.6, line)
        canvas.showPage()
    canvas.save()
    return out.getvalue()


def raw_pdf(objects: Sequence[bytes], *, root: int = 1) -> bytes:
    """A PDF of these objects, numbered from 1, whatever they say."""
    out = io.BytesIO()
    out.write(b"%PDF-1.7\n")
    offsets = []
    for number, content in enumerate(objects, start=1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n" % number + content + b"\nendobj\n")
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.write(b"".join(b"%010d 00000 n \n" % offset for offset in offsets))
    out.write(
        b"trailer\n<< /Size %d /Root %d 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, root, start)
    )
    return out.getvalue()


def one_page_pdf(
    *,
    catalogue: bytes = b"",
    page: bytes = b"",
    content: bytes = b"",
    box: bytes = b"[0 0 595 842]",
    more: Sequence[bytes] = (),
) -> bytes:
    """A PDF of one page, with entries of one's own in its catalogue and page; further objects count from 5."""
    packed = zlib.compress(content)
    return raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R " + catalogue + b" >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox " + box + b" /Contents 4 0 R " + page + b" >>",
            b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(packed) + packed + b"\nendstream",
            *more,
        ]
    )


def encoded(picture: Image.Image, kind: str, **options: object) -> bytes:
    """A picture as a file of that format."""
    out = io.BytesIO()
    picture.copy().save(out, kind, **options)
    return out.getvalue()
