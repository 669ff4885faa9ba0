"""Numbers that a PDF shows without having them in its text layer: drawn, stamped on, tiled or filled in."""

import io
from collections.abc import Callable
from pathlib import Path

import pytest
from reportlab.pdfgen.canvas import Canvas

from archive_service.kernel.boxes import frames
from tests.extraction.conftest import Read, ReadFile
from tests.extraction.papers import A4, one_page_pdf, text_pdf

NUMBER = "110101199003078515"
NOTICE = "Notice about the maintenance of the lifts in building A"
LAYER = f"BT /F 14 Tf 60 700 Td ({NOTICE}) Tj ET ".encode()
FONT = b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"
# A seven-segment digit's strokes, in a box one wide and two high.
STROKES = {
    "a": (0, 2, 1, 2), "b": (1, 1, 1, 2), "c": (1, 0, 1, 1), "d": (0, 0, 1, 0), "e": (0, 0, 0, 1),
    "f": (0, 1, 0, 2), "g": (0, 1, 1, 1),
}  # fmt: skip
DIGITS = ["abcdef", "bc", "abged", "abgcd", "fgbc", "afgcd", "afgedc", "abc", "abcdefg", "abcfgd"]


def stream(entries: bytes, content: bytes) -> bytes:
    return b"<< " + entries + b" /Length %d >>\nstream\n" % len(content) + content + b"\nendstream"


def covers_the_number(read: ReadFile, page: Read) -> bool:
    (only,) = page.pages
    if only.masked_preview is None:
        return True
    again = read(only.masked_preview, "masked.jpg").text
    return only.masked_preview != only.preview and not any(
        NUMBER[at : at + 5] in again for at in range(len(NUMBER) - 4)
    )


@pytest.mark.parametrize("kind", ["Highlight", "Text", "Link", "Underline"])
def test_an_annotation_is_looked_at_for_what_it_shows_whatever_it_calls_itself(
    read: ReadFile, kind: str
) -> None:
    document = one_page_pdf(
        page=b"/Annots [5 0 R] /Resources << /Font << /F 7 0 R >> >>",
        content=LAYER,
        more=[
            b"<< /Type /Annot /Subtype /%s /Rect [60 400 360 450] /F 4 /AP << /N 6 0 R >> >>" % kind.encode(),
            stream(
                b"/Type /XObject /Subtype /Form /BBox [0 0 300 50] /Resources << /Font << /F 7 0 R >> >>",
                b"BT /F 24 Tf 10 20 Td (%s) Tj ET" % NUMBER.encode(),
            ),
            FONT,
        ],
    )
    page = read(document, "annotated.pdf")
    assert NOTICE in page.text
    assert NUMBER in page.text
    assert covers_the_number(read, page)


@pytest.mark.parametrize("name", [b"/PatternType", b"/Pattern#54ype"])
@pytest.mark.parametrize("paint", [1, 2])
def test_a_number_on_a_tile_that_fills_a_shape_is_covered(read: ReadFile, name: bytes, paint: int) -> None:
    colour = b"/Pattern cs /T scn" if paint == 1 else b"/U cs 0 0 0 /T scn"
    document = one_page_pdf(
        page=(
            b"/Resources << /Font << /F 6 0 R >> /Pattern << /T 5 0 R >> "
            b"/ColorSpace << /U [/Pattern /DeviceRGB] >> >>"
        ),
        content=LAYER + colour + b" 60 400 300 40 re f",
        more=[
            stream(
                b"/Type /Pattern %s 1 /PaintType %d /TilingType 1 /BBox [0 0 595 842] /XStep 595 /YStep 842 "
                b"/Resources << /Font << /F 6 0 R >> >>" % (name, paint),
                b"BT /F 24 Tf 70 410 Td (%s) Tj ET" % NUMBER.encode(),
            ),
            FONT,
        ],
    )
    page = read(document, "tiles.pdf")
    assert NOTICE in page.text
    assert NUMBER in page.text
    assert covers_the_number(read, page)


def test_hatching_and_shades_are_no_reason_to_read_a_page_twice(read: ReadFile) -> None:
    document = one_page_pdf(
        page=b"/Resources << /Font << /F 6 0 R >> /Pattern << /T 5 0 R /S 7 0 R >> >>",
        content=LAYER + b"/Pattern cs /T scn 60 400 300 40 re f",
        more=[
            stream(
                b"/Type /Pattern /PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 8 8] /XStep 8 /YStep 8 "
                b"/Resources << >>",
                b"0 0 m 8 8 l S",
            ),
            FONT,
            (
                b"<< /PatternType 2 /Shading << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 1 1] "
                b"/Function << /FunctionType 2 /Domain [0 1] /N 1 >> >> >>"
            ),
        ],
    )
    (page,) = read(document, "hatched.pdf").pages
    assert page.masked_preview == page.preview


def drawn_number(ways: str) -> bytes:
    """The number of straight strokes, as plotters draw it."""
    out = [b"1 w"]
    for place, digit in enumerate(NUMBER):
        for stroke in DIGITS[int(digit)]:
            x0, y0, x1, y1 = (side * 10 for side in STROKES[stroke])
            left, low = 60 + place * 16, 400
            if ways == "bars":
                out.append(b"%d %d %d %d re f" % (left + x0, low + y0, x1 - x0 or 1, y1 - y0 or 1))
            else:
                out.append(b"%d %d m %d %d l" % (left + x0, low + y0, left + x1, low + y1))
                out.append(b"S" if ways == "strokes" else b"")
    return b"\n".join([*out, b"S"])


@pytest.mark.parametrize("ways", ["strokes", "one path", "bars"])
def test_a_number_of_straight_strokes_is_covered(read: ReadFile, ways: str) -> None:
    document = one_page_pdf(
        page=b"/Resources << /Font << /F 5 0 R >> >>", content=LAYER + drawn_number(ways), more=[FONT]
    )
    page = read(document, "plot.pdf")
    (only,) = page.pages
    assert NOTICE in page.text
    assert only.masked_preview != only.preview
    assert covers_the_number(read, page)


@pytest.mark.parametrize("ways", ["grid", "cells", "rules to write on"])
def test_a_table_is_no_writing(read: ReadFile, ways: str) -> None:
    out = [b"0.5 w"]
    for row in range(30):
        for column in range(8):
            left, low = 60 + 45 * column, 100 + 18 * row
            if ways == "cells":
                out += [b"%d %d 45 .48 re f" % (left, low), b"%d %d .48 18 re f" % (left, low)]
            elif ways == "grid":
                out += [
                    b"%d %d m %d %d l" % (left, low, left + 45, low),
                    b"%d %d m %d %d l" % (left, low, left, low + 18),
                ]
            else:
                out.append(b"%d %d 30 .48 re f" % (left, low))
    document = one_page_pdf(
        page=b"/Resources << /Font << /F 5 0 R >> >>", content=LAYER + b"\n".join([*out, b"S"]), more=[FONT]
    )
    (page,) = read(document, "table.pdf").pages
    assert page.masked_preview == page.preview


def form(draw: Callable[[Canvas], None]) -> bytes:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.setFont("Helvetica", 14)
    canvas.drawString(60, 750, NOTICE)
    canvas.drawString(60, 610, "ID card: ..........................................................")
    canvas.drawString(60, 500, "Signed")
    draw(canvas)
    canvas.save()
    return out.getvalue()


def test_what_is_filled_in_on_a_form_is_shown_and_stands_in_the_text_in_its_place(read: ReadFile) -> None:
    def fill(canvas: Canvas) -> None:
        canvas.acroForm.textfield(name="id", x=150, y=600, width=300, height=30, value=NUMBER)
        canvas.acroForm.choice(
            name="flat", x=150, y=480, width=200, height=30, value="B", options=[("Building A", "A"), "B"]
        )

    page = read(form(fill), "form.pdf")
    (only,) = page.pages
    lines = only.text.split("\n")
    assert only.source == "text"
    assert lines[0] == NOTICE
    assert lines[1].startswith("ID card")
    assert lines[2:] == [NUMBER, "Signed", "B"]
    start = only.text.index(NUMBER)
    (place,) = frames(only.boxes, [(start, start + len(NUMBER))])
    assert 842 - 632 < place.y0 * 842 < place.y1 * 842 < 842 - 598
    assert NUMBER in "".join(read(only.preview, "shown.jpg").text.split())
    assert covers_the_number(read, page)


def test_a_number_of_one_field_a_digit_is_covered(read: ReadFile) -> None:
    def fill(canvas: Canvas) -> None:
        for at, digit in enumerate(NUMBER):
            canvas.acroForm.textfield(
                name=f"digit {at}", x=100 + 20 * at, y=300, width=20, height=24, value=digit, maxlen=1
            )

    page = read(form(fill), "boxes.pdf")
    assert NUMBER in page.text
    assert covers_the_number(read, page)


def test_a_form_that_has_nothing_but_its_fields_is_text(read: ReadFile) -> None:
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=A4)
    canvas.acroForm.textfield(name="name", x=150, y=600, width=300, height=30, value="Zhang San")
    canvas.acroForm.textfield(
        name="secret", x=150, y=500, width=300, height=30, value="opensesame", fieldFlags="password"
    )
    canvas.showPage()
    canvas.save()
    (page,) = read(out.getvalue(), "fields.pdf").pages
    assert page.source == "text"
    assert page.text.split("\n")[0] == "Zhang San"
    assert "opensesame" not in page.text.split("\n")[0]


def test_a_field_without_a_look_of_its_own_and_one_that_is_hidden(read: ReadFile) -> None:
    document = one_page_pdf(
        catalogue=(
            b"/AcroForm << /Fields [5 0 R 6 0 R] /NeedAppearances true /DA (/F 14 Tf 0 g) "
            b"/DR << /Font << /F 7 0 R >> >> >>"
        ),
        page=b"/Annots [5 0 R 6 0 R] /Resources << /Font << /F 7 0 R >> >>",
        content=LAYER,
        more=[
            b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (a) /V (%s) /DA (/F 14 Tf 0 g) /F 4 "
            b"/Rect [60 400 360 430] >>" % NUMBER.encode(),
            (
                b"<< /Type /Annot /Subtype /Widget /FT /Tx /T (b) /V (Hidden words) /DA (/F 14 Tf 0 g) /F 2 "
                b"/Rect [60 300 360 330] >>"
            ),
            FONT,
        ],
    )
    page = read(document, "bare.pdf")
    assert page.text.split("\n") == [NOTICE, NUMBER]
    assert covers_the_number(read, page)


def test_plain_text_needs_no_second_look(read: ReadFile, font: Path) -> None:
    (page,) = read(text_pdf([["关于小区电梯检修期间安全事项的通知请各位业主知悉"]], font), "text.pdf").pages
    assert page.masked_preview == page.preview
