"""Scans come out as the words that are on them, where they are on them, whichever way they were fed."""

import io
from pathlib import Path

import pytest
from PIL import Image

from archive_service.kernel.boxes import frames
from bench.pages import DrawnPage, as_pdf, draw_page, error_rate, place_page, prose
from tests.extraction.conftest import ReadFile
from tests.extraction.papers import encoded, raw_pdf, text_pdf
from workers.extraction import PageReading


def only_page(read: ReadFile, page: DrawnPage, dpi: int = 200) -> PageReading:
    (reading,) = read(as_pdf([page.image], dpi), "scan.pdf").pages
    return reading


@pytest.mark.parametrize(
    ("dpi", "angle", "rotation"), [(200, 1.3, 0), (300, -5, 90), (150, 5, 180), (200, -0.5, 270)]
)
def test_a_page_is_read_askew_and_from_any_side(
    read: ReadFile, font: Path, dpi: int, angle: float, rotation: int
) -> None:
    drawn = place_page(prose(300, seed=dpi), font, dpi, angle=angle, seed=1, rotation=rotation)
    page = only_page(read, drawn, dpi)
    assert error_rate(drawn.text, page.text) <= 0.01
    assert page.rotation == (360 - rotation) % 360
    with Image.open(io.BytesIO(page.preview)) as preview:
        assert preview.height > preview.width
    assert page.full_height > page.full_width


def test_two_columns_are_read_one_after_the_other(read: ReadFile, font: Path) -> None:
    drawn = place_page(prose(600, seed=7), font, 200, angle=2, points=10, columns=2)
    assert error_rate(drawn.text, only_page(read, drawn).text) <= 0.015


def test_a_table_is_read_row_by_row(read: ReadFile, font: Path) -> None:
    people = ("张伟", "李娜", "王芳", "刘洋")
    rows = [
        f"A{at}0{at}号　　　　{name}　　　　物业服务费　　　　1{at}60元" for at, name in enumerate(people, 1)
    ]
    drawn = place_page("\n".join(rows), font, 200, angle=4)
    read_rows = only_page(read, drawn).text.split("\n")
    assert [row.split() for row in read_rows] == [row.split() for row in rows]


def test_words_under_a_red_seal_are_read(read: ReadFile, font: Path) -> None:
    drawn = place_page(prose(250, seed=3), font, 200, seal=True)
    assert error_rate(drawn.text, only_page(read, drawn).text) <= 0.005


def test_names_that_a_small_model_doesnt_know_are_read_by_a_bigger_one(read: ReadFile, font: Path) -> None:
    drawn = place_page("业主：李赟　王婳　周旻\n维修工：刘劼", font, 300, points=14, noise=0)
    text = only_page(read, drawn, 300).text
    assert [name for name in "赟婳旻" if name in text] == ["赟", "婳", "旻"]


def test_a_blank_page_has_no_words(read: ReadFile) -> None:
    for shade in (255, 225):
        (page,) = read(as_pdf([Image.new("L", (1654, 2339), shade)]), "blank.pdf").pages
        assert (page.source, page.text, page.confidence) == ("none", "", None)


def test_a_frame_lies_on_the_word_it_is_for(read: ReadFile, font: Path) -> None:
    drawn = place_page(prose(150, seed=4) + "\n押金凭证\n" + prose(60, seed=5), font, 200, angle=2)
    page = only_page(read, drawn)
    start = page.text.index("押金凭证")
    (frame,) = frames(page.boxes, [(start, start + 4)])
    first = next(
        at
        for at in range(len(drawn.characters))
        if "".join(entry.char for entry in drawn.characters[at : at + 4]) == "押金凭证"
    )
    boxes = [entry.box for entry in drawn.characters[first : first + 4]]
    width, height = drawn.image.size
    left, right = min(box[0] for box in boxes) / width, max(box[2] for box in boxes) / width
    top, bottom = min(box[1] for box in boxes) / height, max(box[3] for box in boxes) / height
    character = (right - left) / 4
    assert frame.x0 == pytest.approx(left, abs=0.4 * character)
    assert frame.x1 == pytest.approx(right, abs=0.4 * character)
    assert frame.y0 < (top + bottom) / 2 < frame.y1
    assert frame.y1 - frame.y0 < 2.5 * (bottom - top)


def test_a_frame_lies_on_the_word_of_a_text_layer_too(read: ReadFile, font: Path) -> None:
    (page,) = read(text_pdf([["甲乙丙丁", "戊己庚辛"]], font, size=20), "text.pdf").pages
    start = page.text.index("庚")
    (frame,) = frames(page.boxes, [(start, start + 1)])
    # The third character of a line that starts 60 points from the left, its baseline 92 from the top.
    assert frame.x0 * 595 == pytest.approx(100, abs=3)
    assert frame.x1 * 595 == pytest.approx(120, abs=3)
    assert frame.y0 * 842 < 85 < frame.y1 * 842


@pytest.mark.parametrize("dpi", [150, 200])
def test_the_masked_preview_hides_what_the_mask_hides_and_nothing_else(
    read: ReadFile, font: Path, dpi: int
) -> None:
    drawn = place_page(
        "业主电话：13812345678\n身份证号：110105199003071234\n收据编号：0012345\n金额：1260元",
        font,
        dpi,
        angle=1,
        points=16,
    )
    page = only_page(read, drawn, dpi)
    assert "13812345678" in page.text
    assert page.masked_preview is not None
    (again,) = read(page.masked_preview, "masked.jpg").pages
    assert "1381234" not in again.text
    assert "2345678" not in again.text
    assert "19900307" not in again.text
    assert "0012345" in again.text
    assert "1260元" in again.text
    (unmasked,) = read(page.preview, "preview.jpg").pages
    assert "13812345678" in unmasked.text


def test_a_text_layers_numbers_are_masked_on_its_picture(read: ReadFile, font: Path) -> None:
    (page,) = read(text_pdf([["联系电话 13812345678 请保存"]], font, size=16), "text.pdf").pages
    assert page.masked_preview is not None
    (again,) = read(page.masked_preview, "masked.jpg").pages
    assert "1381234" not in again.text
    assert "2345678" not in again.text
    assert "请保存" in again.text


def test_a_text_layer_that_isnt_what_the_page_shows_is_not_believed(read: ReadFile, font: Path) -> None:
    honest = text_pdf([["关于电梯检修期间安全事项的通知", "请各位业主合理安排出行时间"]], font, size=18)
    page = read(honest, "honest.pdf").pages[0]
    assert page.source == "text"
    # The same picture, with a layer of other words laid over it unseen.
    picture = draw_page("关于电梯检修期间安全事项的通知\n请各位业主合理安排出行时间\n" * 3, font, 150)
    shuffled = "".join(chr(ord("一") + 7 * number) for number in range(120))
    page = read(layered(picture, shuffled, font), "shuffled.pdf").pages[0]
    assert page.source == "ocr"
    assert "电梯检修" in page.text


def layered(picture: Image.Image, words: str, font: Path) -> bytes:
    from reportlab.lib.utils import ImageReader
    from reportlab.pdfbase import pdfmetrics
    from reportlab.pdfbase.ttfonts import TTFont
    from reportlab.pdfgen.canvas import Canvas

    pdfmetrics.registerFont(TTFont("Chinese", str(font)))
    out = io.BytesIO()
    canvas = Canvas(out, pagesize=(595, 842))
    canvas.drawImage(ImageReader(picture.convert("RGB")), 0, 0, 595, 842)
    writing = canvas.beginText(60, 780)
    writing.setFont("Chinese", 12)
    writing.setTextRenderMode(3)
    for start in range(0, len(words), 20):
        writing.textLine(words[start : start + 20])
    canvas.drawText(writing)
    canvas.save()
    return out.getvalue()


def test_a_scan_that_claims_72_dpi_is_read_as_the_scan_it_is(read: ReadFile, font: Path) -> None:
    drawn = place_page("没有分辨率信息的扫描件\n也要读得出来", font, 300)
    assert error_rate(drawn.text, only_page(read, drawn, 72).text) == 0


def test_the_page_a_scanner_turned_by_its_own_mark_is_upright(read: ReadFile, font: Path) -> None:
    jpeg = encoded(draw_page("旋转标记的页面", font, 150).rotate(90, expand=True), "JPEG", quality=85)
    content = b"q 842 0 0 595 0 0 cm /I Do Q"
    turned = raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 842 595] /Rotate 90 /Contents 4 0 R "
                b"/Resources << /XObject << /I 5 0 R >> >> >>"
            ),
            b"<< /Length %d >>\nstream\n" % len(content) + content + b"\nendstream",
            b"<< /Type /XObject /Subtype /Image /Width 1754 /Height 1240 /ColorSpace /DeviceGray "
            b"/BitsPerComponent 8 /Filter /DCTDecode /Length %d >>\nstream\n"
            % len(jpeg)
            + jpeg
            + b"\nendstream",
        ]
    )
    (page,) = read(turned, "turned.pdf").pages
    assert (page.rotation, "".join(page.text.split())) == (0, "旋转标记的页面")
    assert page.height > page.width
