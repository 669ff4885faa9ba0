"""Pages that carry text and pictures: what the pictures say is found and covered like the rest."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from PIL import Image, ImageDraw, ImageFont
from pypdf import PdfReader, PdfWriter
from reportlab.lib.utils import ImageReader
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from archive_service.kernel.boxes import frames, unpack_boxes
from bench.pages import as_pdf, draw_page
from tests.extraction.conftest import ReadFile
from tests.extraction.papers import A4, one_page_pdf, text_pdf

ABOVE = "关于小区电梯检修期间安全事项的通知请各位业主知悉"
BELOW = "物业服务中心将在检修完成后另行告知感谢您的配合"


def slip(text: str, font: Path, size: tuple[int, int] = (900, 160)) -> Image.Image:
    """A small picture with one line on it."""
    picture = Image.new("RGB", size, "white")
    ImageDraw.Draw(picture).text((20, 40), text, font=ImageFont.truetype(str(font), 60), fill="black")
    return picture


def photo(width: int, height: int) -> Image.Image:
    """Shapes without a line of writing."""
    picture = Image.new("RGB", (width, height), (230, 225, 215))
    draw = ImageDraw.Draw(picture)
    draw.ellipse((0.2 * width, 0.1 * height, 0.8 * width, 0.9 * height), fill=(120, 90, 70))
    draw.ellipse((0.35 * width, 0.3 * height, 0.45 * width, 0.45 * height), fill=(30, 30, 40))
    draw.ellipse((0.55 * width, 0.3 * height, 0.65 * width, 0.45 * height), fill=(30, 30, 40))
    return picture


def page_with(draw: Callable[[Canvas], None], font: Path, lines: tuple[str, str] = (ABOVE, BELOW)) -> bytes:
    """A page of two lines, at 80 and 400 points from its top, and whatever is drawn besides."""
    pdfmetrics.registerFont(TTFont("Chinese", str(font)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Chinese", 14)
    for line, down in zip(lines, (80, 400), strict=True):
        canvas.drawString(60, A4[1] - down, line)
    draw(canvas)
    canvas.save()
    return out.getvalue()


def in_place(picture: Image.Image, width: float, height: float) -> Callable[[Canvas], None]:
    return lambda canvas: canvas.drawImage(ImageReader(picture), 60, 560, width, height)


def test_the_words_on_a_picture_stand_in_the_text_at_its_place_and_its_numbers_are_covered(
    read: ReadFile, font: Path
) -> None:
    picture = slip("联系人手机13812345678", font)
    (page,) = read(page_with(in_place(picture, 400, 71), font), "mixed.pdf").pages
    assert page.source == "text"
    assert page.text.split("\n") == [ABOVE, "联系人手机13812345678", BELOW]
    start = page.text.index("手机")
    (frame,) = frames(page.boxes, [(start, start + 2)])
    assert 842 - 560 - 71 < frame.y0 * 842 < frame.y1 * 842 < 842 - 560
    boxes = unpack_boxes(page.boxes)
    assert boxes[0].confidence == 255
    assert boxes[start].confidence < 255
    assert page.masked_preview not in (None, page.preview)
    assert page.masked_preview is not None
    (again,) = read(page.masked_preview, "masked.jpg").pages
    assert "2345678" not in again.text
    assert "1381234" not in again.text
    assert "关于小区电梯" in again.text


def test_a_picture_inside_a_form_is_read_too(read: ReadFile, font: Path) -> None:
    def draw(canvas: Canvas) -> None:
        canvas.beginForm("inner")
        canvas.drawImage(ImageReader(slip("手机13812345678", font)), 0, 0, 400, 71)
        canvas.endForm()
        canvas.translate(60, 560)
        canvas.doForm("inner")

    (page,) = read(page_with(draw, font), "form.pdf").pages
    assert page.text.split("\n") == [ABOVE, "手机13812345678", BELOW]
    assert page.masked_preview not in (None, page.preview)


def test_words_of_the_layer_over_a_picture_are_not_told_twice(read: ReadFile, font: Path) -> None:
    paper = Image.new("RGB", (595, 842), (250, 248, 240))
    lines = [ABOVE, "联系电话 13812345678", *["请各位业主合理安排出行时间并注意安全通行"] * 5, BELOW]
    pdfmetrics.registerFont(TTFont("Chinese", str(font)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.drawImage(ImageReader(paper), 0, 0, *A4)
    canvas.setFont("Chinese", 14)
    for number, line in enumerate(lines):
        canvas.drawString(60, 760 - 30 * number, line)
    canvas.save()
    (page,) = read(out.getvalue(), "over.pdf").pages
    assert page.text.split("\n") == lines
    assert page.masked_preview is not None
    assert "2345678" not in read(page.masked_preview, "masked.jpg").text


def test_what_is_written_on_top_of_a_page_is_read_and_covered(read: ReadFile) -> None:
    look = b"BT /F 24 Tf 10 20 Td (13812345678) Tj ET"
    font = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
    text = b"BT /F 14 Tf 60 700 Td (Notice about the maintenance of the lifts in building A) Tj ET"
    document = one_page_pdf(
        page=b"/Annots [5 0 R] /Resources << /Font << /F 7 0 R >> >>",
        content=text,
        more=[
            (
                b"<< /Type /Annot /Subtype /FreeText /Rect [60 400 300 450] /Contents (13812345678) "
                b"/F 4 /DA (/F 24 Tf 0 g) /AP << /N 6 0 R >> >>"
            ),
            (
                b"<< /Type /XObject /Subtype /Form /BBox [0 0 240 50] /Resources << /Font << /F 7 0 R >> >> "
                b"/Length %d >>\nstream\n" % len(look) + look + b"\nendstream"
            ),
            font,
        ],
    )
    (page,) = read(document, "annotated.pdf").pages
    assert page.text.split("\n") == ["Notice about the maintenance of the lifts in building A", "13812345678"]
    assert page.masked_preview is not None
    assert "2345678" not in read(page.masked_preview, "masked.jpg").text


def test_a_small_picture_is_covered_unread(read: ReadFile, font: Path) -> None:
    picture = slip("手机13812345678", font, (640, 120))
    (page,) = read(page_with(in_place(picture, 120, 22), font), "logo.pdf").pages
    assert page.text.split("\n") == [ABOVE, BELOW]
    assert page.masked_preview is not None
    assert page.masked_preview != page.preview
    assert "138" not in read(page.masked_preview, "masked.jpg").text


def test_a_picture_nobody_can_read_is_covered(read: ReadFile, font: Path) -> None:
    (page,) = read(page_with(in_place(photo(600, 400), 300, 200), font), "photo.pdf").pages
    assert page.text.split("\n") == [ABOVE, BELOW]
    assert page.masked_preview is not None
    with Image.open(io.BytesIO(page.masked_preview)) as masked:
        x, y = round(masked.width * 210 / 595), round(masked.height * (842 - 660) / 842)
        assert max(masked.convert("RGB").getpixel((x, y))) < 80  # type: ignore[arg-type,type-var]  # three bands


def test_a_page_of_text_alone_that_holds_no_number_is_shown_as_it_is(read: ReadFile, font: Path) -> None:
    (page,) = read(text_pdf([[ABOVE, "收据编号 0012345"]], font), "text.pdf").pages
    assert page.masked_preview == page.preview


@pytest.mark.parametrize("kind", ["blank", "photo", "words"])
def test_a_scan_is_shown_masked_only_if_it_could_be_looked_through(
    read: ReadFile, font: Path, kind: str
) -> None:
    pictures = {
        "blank": Image.new("L", (1240, 1754), 255),
        "photo": photo(1240, 1754),
        "words": draw_page("押金凭证\n收据编号：0012345", font, 150),
    }
    (page,) = read(as_pdf([pictures[kind]], 150), "scan.pdf").pages
    assert page.masked_preview == (None if kind == "photo" else page.preview)


def test_the_rest_of_a_document_goes_on_after_a_mixed_page(read: ReadFile, font: Path) -> None:
    single = page_with(in_place(slip("会议室电话", font), 400, 71), font)
    writer = PdfWriter()
    for source in (text_pdf([[ABOVE]], font), single, text_pdf([[BELOW]], font)):
        writer.append(PdfReader(io.BytesIO(source)))
    out = io.BytesIO()
    writer.write(out)
    pages = read(out.getvalue(), "three.pdf").pages
    assert [page.number for page in pages] == [1, 2, 3]
    assert pages[1].text.split("\n") == [ABOVE, "会议室电话", BELOW]
