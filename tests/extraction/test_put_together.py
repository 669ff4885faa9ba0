"""Numbers whose digits come from several hands: the printed line, annotations on it, fields of a form."""

import io

import pytest
from reportlab.pdfgen.canvas import Canvas

from archive_service.kernel import masking
from archive_service.kernel.boxes import CharBox, pack_boxes
from tests.extraction.conftest import Read, ReadFile
from tests.extraction.papers import A4, one_page_pdf
from workers.extraction.pictures import Reading
from workers.extraction.rows import side_by_side

NOTICE = b"BT /F 14 Tf 60 700 Td (Notice about the maintenance of the lifts in building A) Tj ET "
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"


def written(*notes: tuple[float, float, str], content: bytes = b"", told: bool = True) -> bytes:
    """A page with free texts at (x, y) in 24 points, each an annotation of its own; ``told``: not as looks only."""
    more: list[bytes] = [FONT]
    annotations = b""
    for x, y, text in notes:
        annotations += b"%d 0 R " % (5 + len(more))
        width = 14 * len(text) + 10
        look = b"BT /F 24 Tf 5 8 Td (%s) Tj ET" % text.encode()
        more += [
            b"<< /Type /Annot /Subtype /FreeText /Rect [%f %f %f %f] /Contents (%s) /F 4 /DA (/F 24 Tf 0 g) "
            b"/AP << /N %d 0 R >> >>" % (x, y, x + width, y + 32, text.encode() * told, 6 + len(more)),
            b"<< /Type /XObject /Subtype /Form /BBox [0 0 %d 32] /Resources << /Font << /F 5 0 R >> >> /Length %d >>"
            % (width, len(look))
            + b"\nstream\n"
            + look
            + b"\nendstream",
        ]
    return one_page_pdf(
        page=b"/Annots [%s] /Resources << /Font << /F 5 0 R >> >>" % annotations,
        content=NOTICE + content,
        more=more,
    )


def shown(read: ReadFile, page: Read) -> str:
    """The digits that can be read on the masked preview."""
    (only,) = page.pages
    assert only.masked_preview is not None
    assert only.masked_preview != only.preview
    return "".join(char for char in read(only.masked_preview, "masked.jpg").text if char.isdigit())


def test_digits_in_several_annotations_on_one_line_are_covered_whatever_their_order(read: ReadFile) -> None:
    # Each a little higher than the one before: read from the top they come in no order.
    page = read(written((60, 400, "138"), (125, 403, "1234"), (205, 406, "5678")), "notes.pdf")
    assert "1234" not in shown(read, page)


@pytest.mark.parametrize("told", [True, False])
def test_a_number_that_is_half_printed_and_half_written_on_is_covered(read: ReadFile, told: bool) -> None:
    line = b"BT /F 24 Tf 65 408 Td (138) Tj ET BT /F 24 Tf 400 408 Td (flat B) Tj ET"
    page = read(written((115, 400, "12345678"), content=line, told=told), "half.pdf")
    assert "1234" not in shown(read, page)


def test_a_number_that_is_half_printed_and_half_filled_in_is_covered(read: ReadFile) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 24)
    canvas.drawString(60, 750, "Notice about the lifts")
    canvas.drawString(60, 605, "110101199")
    canvas.drawString(420, 605, "flat B")
    canvas.acroForm.textfield(name="rest", x=190, y=600, width=200, height=30, value="003078515")
    canvas.showPage()
    canvas.save()
    digits = shown(read, read(out.getvalue(), "form.pdf"))
    assert "1011" not in digits
    assert "0030" not in digits


def _reading(*pieces: tuple[str, float, float]) -> Reading:
    """Pieces of text with the place of each one's beginning; a character is one hundredth wide and two high."""
    text, boxes = "", []
    for piece, x, y in pieces:
        text += piece
        boxes += [CharBox(x + 0.01 * at, y, x + 0.01 * at + 0.01, y + 0.02) for at in range(len(piece))]
    return Reading(text, pack_boxes(boxes))


@pytest.mark.parametrize(
    ("pieces", "lines"),
    [
        ([("5678", 0.25, 0.1), ("138", 0.1, 0.102), ("1234", 0.17, 0.098)], "138 1234 5678"),
        ([("138", 0.1, 0.1), ("00", 0.1, 0.2), ("12345678", 0.13, 0.1)], "13812345678\n00"),
        ([("138", 0.1, 0.1), ("1234", 0.5, 0.1)], "138        1234"),
        ([], ""),
    ],
)
def test_characters_are_put_side_by_side_by_their_places(
    pieces: list[tuple[str, float, float]], lines: str
) -> None:
    assert side_by_side(_reading(*pieces)).text == lines


def test_what_stands_in_two_columns_is_no_number() -> None:
    cells = _reading(("138", 0.1, 0.1), ("0000", 0.4, 0.1), ("1234", 0.7, 0.1))
    assert masking.spans(side_by_side(cells).text) == ()


def test_a_text_without_places_has_no_rows() -> None:
    assert side_by_side(Reading("138", b"")).text == ""
