"""Pages of some documents put together as others: copied as they are, never pressed again; codes on separator sheets."""

import io
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pypdf
import pytest
import segno
from PIL import Image, ImageFilter
from pypdf.generic import ArrayObject, DictionaryObject, FloatObject, NameObject, TextStringObject

from tests.extraction.conftest import whole
from tests.extraction.papers import encoded, raw_pdf
from workers.extraction import Reader, Reason, Unreadable

Leaves = Sequence[tuple[int, int, int]]
Compose = Callable[..., pypdf.PdfReader]


def numbered_pdf(pages: int, *, script: bool = False, password: str | None = None) -> bytes:
    """Each page as wide as its number says, so that it is known again."""
    writer = pypdf.PdfWriter()
    for number in range(1, pages + 1):
        writer.add_blank_page(100 + number, 500)
    if script:
        link = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/Link"),
                NameObject("/Rect"): ArrayObject([FloatObject(at) for at in (10, 10, 90, 90)]),
                NameObject("/A"): DictionaryObject(
                    {
                        NameObject("/S"): NameObject("/JavaScript"),
                        NameObject("/JS"): TextStringObject("app.alert(2)"),
                    }
                ),
            }
        )
        writer.pages[0][NameObject("/Annots")] = ArrayObject([link])
    if password is not None:
        writer.encrypt("", password)
    out = io.BytesIO()
    writer.write(out)
    return out.getvalue()


@pytest.fixture
def compose(reader: Reader, tmp_path: Path) -> Compose:
    def compose(leaves: Leaves, *sources: bytes) -> pypdf.PdfReader:
        paths = [tmp_path / f"source-{at}" for at in range(len(sources))]
        for path, content in zip(paths, sources, strict=True):
            path.write_bytes(content)
        out = tmp_path / "made.pdf"
        reader.compose([(path, "扫描件") for path in paths], [(leaves, out)])
        for path, content in zip(paths, sources, strict=True):
            assert path.read_bytes() == content
        return pypdf.PdfReader(out)

    return compose


def widths(made: pypdf.PdfReader) -> list[int]:
    return [round(page.mediabox.width) - 100 for page in made.pages]


def test_pages_of_several_documents_stand_in_the_order_asked_for_and_turned(compose: Compose) -> None:
    made = compose(((1, 3, 0), (0, 2, 90), (0, 1, 270), (1, 1, 0)), numbered_pdf(2), numbered_pdf(3))
    assert widths(made) == [3, 2, 1, 1]
    assert [page.rotation for page in made.pages] == [0, 90, 270, 0]


def test_a_jpeg_goes_in_byte_for_byte_and_other_pictures_pixel_for_pixel(compose: Compose) -> None:
    grain = np.random.default_rng(7).integers(0, 256, (120, 80, 3), dtype=np.uint8)
    picture = Image.fromarray(grain)
    jpeg, png = encoded(picture, "JPEG", quality=70), encoded(picture, "PNG")
    made = compose(((0, 1, 0), (1, 1, 0)), jpeg, png)
    streams = [next(iter(page["/Resources"]["/XObject"].values())).get_object() for page in made.pages]
    assert streams[0]._data == jpeg
    assert np.array_equal(np.asarray(made.pages[1].images[0].image.convert("RGB")), grain)


def test_a_photo_that_says_it_lies_on_its_side_stands_upright(compose: Compose) -> None:
    photo = Image.new("RGB", (60, 40), "red")
    exif = photo.getexif()
    exif[0x0112] = 6
    (page,) = compose(((0, 1, 0),), encoded(photo, "JPEG", exif=exif)).pages
    assert page.rotation == 90
    assert page.mediabox.width > page.mediabox.height


def test_two_thousand_pages_fall_into_halves(reader: Reader, tmp_path: Path) -> None:
    source = tmp_path / "long.pdf"
    source.write_bytes(numbered_pdf(2000))
    outs = [tmp_path / "one.pdf", tmp_path / "two.pdf"]
    halves = [[(0, page, 0) for page in range(first, first + 1000)] for first in (1, 1001)]
    reader.compose([(source, "long.pdf")], list(zip(halves, outs, strict=True)))
    assert [len(pypdf.PdfReader(out).pages) for out in outs] == [1000, 1000]
    assert widths(pypdf.PdfReader(outs[1]))[:2] == [1001, 1002]


def test_what_is_active_on_a_page_is_told_of_its_copy_too(
    reader: Reader, compose: Compose, tmp_path: Path
) -> None:
    compose(((0, 1, 0),), numbered_pdf(2, script=True))
    assert "active-javascript" in whole(reader, tmp_path / "made.pdf", "made.pdf").inspection.flags


def test_a_pdf_that_opens_without_its_password_can_be_split(compose: Compose) -> None:
    assert widths(compose(((0, 2, 0),), numbered_pdf(3, password="owner"))) == [2]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (
            raw_pdf(
                [
                    b"<< /Type /Catalog /Pages 2 0 R >>",
                    b"<< /Type /Pages /Kids [2 0 R] /Count 3 >>",
                ]
            ),
            Reason.BROKEN,
        ),
        ("只有文字".encode(), Reason.UNSUPPORTED),
        (b"", Reason.EMPTY),
    ],
)
def test_what_has_no_pages_to_take_says_why(
    reader: Reader, tmp_path: Path, content: bytes, reason: Reason
) -> None:
    source, out = tmp_path / "source.txt", tmp_path / "made.pdf"
    source.write_bytes(content)
    with pytest.raises(Unreadable) as failed:
        reader.compose([(source, "source.txt")], [([(0, 1, 0)], out)])
    assert failed.value.reason is reason
    assert not out.exists()


def test_a_page_that_is_not_there_is_refused(reader: Reader, tmp_path: Path) -> None:
    source, out = tmp_path / "source.pdf", tmp_path / "made.pdf"
    source.write_bytes(numbered_pdf(2))
    with pytest.raises(Unreadable):
        reader.compose([(source, "a.pdf")], [([(0, 3, 0)], out)])
    assert not out.exists()


def scanned_sheet(text: str, *, angle: float, noise: float) -> Image.Image:
    """A sheet with a code as a scanner gives it back: askew, soft, grey and grainy, pressed small."""
    drawn = io.BytesIO()
    segno.make(text, error="h", micro=False).save(drawn, kind="png", scale=15, border=4)
    drawn.seek(0)
    page = Image.new("L", (1654, 2339), 255)
    page.paste(Image.open(drawn).convert("L"), (500, 700))
    page = page.rotate(angle, fillcolor=250, resample=Image.Resampling.BILINEAR)
    page = page.filter(ImageFilter.GaussianBlur(1.2))
    grain = np.random.default_rng(3).normal(0, noise, (2339, 1654))
    page = Image.fromarray(np.clip(np.asarray(page) * 0.8 + 20 + grain, 0, 255).astype(np.uint8))
    return page.resize((990, 1400), Image.Resampling.BILINEAR)


@pytest.mark.parametrize(("angle", "noise"), [(0, 0), (-4, 40), (90, 20), (183, 30)])
def test_the_code_of_a_scanned_sheet_is_read(
    reader: Reader, tmp_path: Path, angle: float, noise: float
) -> None:
    picture = tmp_path / "preview.jpg"
    scanned_sheet("WYFG1:ABCDEFGHIJKLMNOP", angle=angle, noise=noise).save(picture, quality=60)
    found = reader.look(picture)
    assert found.codes == ("WYFG1:ABCDEFGHIJKLMNOP",)
    assert not found.is_blank


def test_a_code_may_say_anything_and_a_blank_page_says_nothing(reader: Reader, tmp_path: Path) -> None:
    picture = tmp_path / "preview.jpg"
    scanned_sheet("'; DROP TABLE document;--<script>", angle=0, noise=0).save(picture)
    assert reader.look(picture).codes == ("'; DROP TABLE document;--<script>",)
    Image.new("L", (990, 1400), 250).save(picture)
    blank = reader.look(picture)
    assert blank.is_blank
    assert blank.codes == ()


def test_a_page_that_was_turned_by_hand_stays_so(reader: Reader, tmp_path: Path, font: Path) -> None:
    from PIL import ImageDraw, ImageFont

    page = Image.new("RGB", (1240, 1754), "white")
    draw = ImageDraw.Draw(page)
    for row in range(12):
        draw.text(
            (120, 150 + row * 90), "云栖花园物业服务中心通知", fill="black", font=ImageFont.truetype(font, 44)
        )
    path = tmp_path / "side.png"
    page.rotate(90, expand=True).save(path, dpi=(150, 150))
    _, turned = reader.read(path, "side.png")
    _, kept = reader.read(path, "side.png", upright=True)
    assert (getattr(turned, "rotation", None), getattr(kept, "rotation", None)) == (90, 0)
