"""What reading measures of a file: its paper, its fonts, what it says of itself; and marks of state secrets on scans."""

from pathlib import Path

import pytest
from PIL import ImageDraw

from archive_service.kernel.grids import changed_areas, unpack_grid
from archive_service.records.rules.sheets import Sheet, sheet_named
from archive_service.records.rules.state_secrets import mark_on_page
from bench.pages import as_pdf, draw_page, place_page, prose
from tests.extraction.conftest import ReadFile
from tests.extraction.papers import encoded, raw_pdf, text_pdf


def test_a_scan_tells_how_big_its_paper_was_and_how_finely_it_was_scanned(read: ReadFile, font: Path) -> None:
    for dpi in (150, 300):
        drawn = draw_page(prose(120, seed=1), font, dpi)
        (page,) = read(as_pdf([drawn], dpi), "scan.pdf").pages
        assert page.long_mm is not None
        sheet = Sheet(page.long_mm, page.full_width, page.full_height)
        assert sheet_named(sheet) == "A4" and abs(sheet.dpi - dpi) <= 3


def test_a_picture_that_does_not_say_its_size_has_none(read: ReadFile, font: Path) -> None:
    drawn = draw_page(prose(60, seed=1), font, 100)
    (page,) = read(encoded(drawn, "PNG"), "photo.png").pages
    assert page.long_mm is None


def test_a_letter_made_by_a_program_tells_its_fonts(read: ReadFile, font: Path) -> None:
    told = read(text_pdf(["停水通知"], font), "letter.pdf").inspection.properties
    assert told is not None
    assert (told["fonts"], told["fonts_missing"], told["signatures"], told["pdfa"]) == (
        2,
        1,
        0,
        "",
    )  # reportlab names Helvetica too


def test_a_claim_and_a_font_that_is_not_there(read: ReadFile) -> None:
    metadata = (
        b"<x xmlns:pdfaid='u'><pdfaid:part>2</pdfaid:part><pdfaid:conformance>B</pdfaid:conformance></x>"
    )
    content = b"BT /F1 12 Tf 20 50 Td (Notice) Tj ET"
    file = raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R /Metadata 6 0 R /AcroForm << /Fields [7 0 R] >> >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 200 100] /Contents 4 0 R "
                b"/Resources << /Font << /F1 5 0 R >> >> >>"
            ),
            b"<< /Length %d >> stream\n%s\nendstream" % (len(content), content),
            b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
            b"<< /Type /Metadata /Subtype /XML /Length %d >> stream\n%s\nendstream"
            % (len(metadata), metadata),
            b"<< /FT /Sig /T (s) /V << /Type /Sig /Filter /Adobe.PPKLite >> >>",
        ]
    )
    told = read(file, "claim.pdf").inspection.properties
    assert told == {"pdfa": "2b", "fonts": 1, "fonts_missing": 1, "signatures": 1}


def test_a_stamp_that_came_later_is_a_changed_area(read: ReadFile, font: Path) -> None:
    drawn = draw_page(prose(200, seed=2), font, 150)
    stamped = drawn.copy()
    ImageDraw.Draw(stamped).ellipse((700, 1300, 1000, 1600), outline="red", width=14)
    (one,), (other,) = (read(as_pdf([image], 150), "scan.pdf").pages for image in (drawn, stamped))
    assert one.grid is not None and other.grid is not None and unpack_grid(one.grid) is not None
    assert changed_areas(one.grid, one.grid) == ()
    areas = changed_areas(one.grid, other.grid)
    assert areas
    left, top = min(area.x0 for area in areas), min(area.y0 for area in areas)
    assert abs(left - 700 / drawn.width) < 0.06 and abs(top - 1300 / drawn.height) < 0.06


@pytest.mark.parametrize(
    ("head", "angle"),
    [("机密★20年", 0.8), ("000012\n秘密★10年\n特急", -1.2), ("绝 密 ★", 0.4), ("机密", -0.6)],
)
def test_a_mark_is_found_on_a_scan(read: ReadFile, font: Path, head: str, angle: float) -> None:
    drawn = place_page(f"{head}\n\n关于人防工程的通知\n{prose(120, seed=3)}", font, 200, angle=angle, seed=5)
    (page,) = read(as_pdf([drawn.image], 200), "scan.pdf").pages
    assert mark_on_page(page.text), page.text[:60]


def test_a_promise_to_keep_secrets_is_no_mark_on_a_scan(read: ReadFile, font: Path) -> None:
    words = "保守秘密承诺书\n本人承诺保守国家秘密和商业秘密，机密文件不外传。\n" + prose(120, seed=3)
    drawn = place_page(words, font, 200, angle=0.7, seed=5)
    (page,) = read(as_pdf([drawn.image], 200), "scan.pdf").pages
    assert mark_on_page(page.text) == ""
