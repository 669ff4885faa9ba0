"""What is made of a document for people: pictures to zoom into, and PDFs whose words can be found."""

import io
import zipfile
from pathlib import Path
from xml.etree import ElementTree

import pypdf
import pypdfium2
import pytest
from PIL import Image

from archive_service.kernel.watermark import PDF_TAIL, pdf_mark
from bench.pages import as_pdf, draw_page, place_page
from tests.extraction.conftest import whole
from tests.extraction.papers import encoded, one_page_pdf, text_pdf
from workers.extraction import PageReading, PageText, Reader, Reason, Unreadable


def page_text(page: PageReading) -> PageText:
    return PageText(page.number, page.width, page.height, page.rotation, page.text, page.boxes)


def tile_of(pyramid: Path, name: str) -> Image.Image:
    with zipfile.ZipFile(pyramid) as archive, Image.open(io.BytesIO(archive.read(name))) as tile:
        return tile.copy()


def test_a_pyramid_is_one_file_of_tiles_that_can_be_read_in_place(reader: Reader, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.png"
    sheet.write_bytes(encoded(Image.new("L", (1000, 700), 200), "PNG"))
    out = tmp_path / "tiles.zip"
    info = reader.tiles(sheet, 1, 0, out)
    assert (info.width, info.height) == (1000, 700)
    with zipfile.ZipFile(out) as archive:
        assert {member.compress_type for member in archive.infolist()} == {zipfile.ZIP_STORED}
        described = ElementTree.fromstring(archive.read("page.dzi"))
        names = archive.namelist()
    assert (described.get("TileSize"), described.get("Overlap"), described.get("Format")) == (
        "254",
        "1",
        "jpg",
    )
    assert len([name for name in names if name.startswith("page_files/10/")]) == 4 * 3
    assert "page_files/0/0_0.jpg" in names
    assert tile_of(out, "page_files/10/1_1.jpg").size == (256, 256)


def test_a_pyramid_stands_as_the_page_was_read(reader: Reader, tmp_path: Path, font: Path) -> None:
    path = tmp_path / "lying.jpg"
    path.write_bytes(
        encoded(draw_page("躺着的图纸说明", font, 150, size="A5", rotation=90), "JPEG", quality=85)
    )
    (page,) = whole(reader, path, "lying.jpg").pages
    assert page.rotation == 270
    out = tmp_path / "tiles.zip"
    info = reader.tiles(path, 1, page.rotation, out)
    assert (info.width, info.height) == (page.full_width, page.full_height)
    assert info.height > info.width


@pytest.mark.parametrize("kind", ["pdf", "tif", "jpg"])
def test_big_sheets_have_pyramids_in_full_size(reader: Reader, tmp_path: Path, kind: str) -> None:
    path = tmp_path / f"sheet.{kind}"
    sheet = Image.new("L", (6000, 5000), 255)
    sheet.paste(0, (5000, 4000, 6000, 5000))
    if kind == "pdf":
        path.write_bytes(as_pdf([sheet], 300))
    elif kind == "tif":
        other = Image.new("1", (60, 50))
        other.save(path, save_all=True, append_images=[sheet.convert("1")], compression="group4")
    else:
        path.write_bytes(encoded(sheet, "JPEG"))
    number = 2 if kind == "tif" else 1
    out = tmp_path / "tiles.zip"
    info = reader.tiles(path, number, 0, out)
    assert info.width == pytest.approx(6000, abs=2)
    assert info.height == pytest.approx(5000, abs=2)
    assert tile_of(out, "page_files/13/0_0.jpg").convert("L").getpixel((100, 100)) > 240
    assert tile_of(out, "page_files/13/22_18.jpg").convert("L").getpixel((100, 100)) < 20


def test_a_camera_held_sideways_has_an_upright_pyramid(reader: Reader, tmp_path: Path) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    path = tmp_path / "photo.jpg"
    path.write_bytes(encoded(Image.new("L", (300, 200)), "JPEG", exif=exif.tobytes()))
    info = reader.tiles(path, 1, 0, tmp_path / "tiles.zip")
    assert (info.width, info.height) == (200, 300)


def test_a_text_has_no_pyramid_and_leaves_no_file(reader: Reader, tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("文字")
    with pytest.raises(Unreadable) as caught:
        reader.tiles(path, 1, 0, tmp_path / "tiles.zip", name="a.txt")
    assert caught.value.reason is Reason.UNSUPPORTED
    assert not (tmp_path / "tiles.zip").exists()


def test_a_scan_becomes_a_pdf_whose_words_are_found_where_they_are(
    reader: Reader, tmp_path: Path, font: Path
) -> None:
    drawn = place_page("装修押金收据\n业主李赟缴纳人民币二千元整\n图号电施-12", font, 200, points=14)
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(as_pdf([drawn.image]))
    (page,) = whole(reader, scan, "scan.pdf").pages
    out = tmp_path / "searchable.pdf"
    reader.searchable_pdf(scan, [page_text(page)], out)
    # Another library finds the words ...
    with out.open("rb") as file:
        found = pypdf.PdfReader(file).pages[0].extract_text()
    assert "装修押金收据" in "".join(found.split())
    # ... and so does a viewer's, in their place.
    document = pypdfium2.PdfDocument(out)
    shown = document[0]
    layer = shown.get_textpage()
    searcher = layer.search("二千元整")
    at, count = searcher.get_next()
    assert count == 4
    left, bottom, _, top = layer.get_charbox(at)
    truth = next(entry.box for entry in drawn.characters if entry.char == "二")
    assert left * 200 / 72 == pytest.approx(truth[0], abs=12)
    middle = (shown.get_height() - (top + bottom) / 2) * 200 / 72
    assert middle == pytest.approx((truth[1] + truth[3]) / 2, abs=30)
    # Nothing of the words is painted.
    assert shown.render(scale=1, grayscale=True).to_pil().getextrema()[1] > 200
    for part in (searcher, layer, shown, document):
        part.close()


def test_the_scanners_own_jpeg_isnt_touched(reader: Reader, tmp_path: Path, font: Path) -> None:
    scan = tmp_path / "scan.pdf"
    scan.write_bytes(as_pdf([draw_page("原样保留", font, 150, size="A5")], 150))
    jpeg = jpeg_in(scan)
    (page,) = whole(reader, scan, "scan.pdf").pages
    out = tmp_path / "searchable.pdf"
    reader.searchable_pdf(scan, [page_text(page)], out)
    assert jpeg in out.read_bytes()


@pytest.mark.parametrize(
    ("rotation", "exif"), [(0, 1), (90, 1), (180, 1), (270, 1), (0, 6), (0, 8), (0, 3), (0, 2)]
)
def test_however_it_lies_the_page_stands_upright(
    reader: Reader, tmp_path: Path, font: Path, rotation: int, exif: int
) -> None:
    upright = draw_page("上方的文字", font, 100, size="A5", noise=0).convert("L")
    turns = {
        3: Image.Transpose.ROTATE_180,
        6: Image.Transpose.ROTATE_90,
        8: Image.Transpose.ROTATE_270,
        2: Image.Transpose.FLIP_LEFT_RIGHT,
    }
    lying = upright.transpose(turns[exif]) if exif in turns else upright.rotate(rotation, expand=True)
    tag = Image.Exif()
    tag[0x0112] = exif
    path = tmp_path / "page.jpg"
    path.write_bytes(encoded(lying, "JPEG", quality=90, exif=tag.tobytes()))
    out = tmp_path / "searchable.pdf"
    reader.searchable_pdf(path, [PageText(1, 100, 141, rotation, "", b"")], out)
    document = pypdfium2.PdfDocument(out)
    page = document[0]
    shown = page.render(scale=upright.width / page.get_width(), grayscale=True).to_pil().resize(upright.size)
    page.close()
    document.close()
    differences = [abs(one - other) for one, other in zip(pixels(shown), pixels(upright), strict=True)]
    assert sum(differences) / len(differences) < 12


def pixels(picture: Image.Image) -> bytes:
    return picture.resize((60, 84), Image.Resampling.BOX).tobytes()


def test_several_pages_of_a_tiff_and_of_a_drawn_pdf(reader: Reader, tmp_path: Path, font: Path) -> None:
    fax = tmp_path / "fax.tif"
    sheets = [Image.new("1", (600, 800), 1)] * 2
    sheets[0].save(fax, save_all=True, append_images=sheets[1:], compression="group4", dpi=(200, 200))
    drawn = tmp_path / "drawn.pdf"
    drawn.write_bytes(one_page_pdf(content=b"50 50 400 300 re S"))
    for path, pages in ((fax, 2), (drawn, 1)):
        out = tmp_path / "searchable.pdf"
        reader.searchable_pdf(
            path, [PageText(number, 1, 1, 0, "", b"") for number in range(1, pages + 1)], out
        )
        with out.open("rb") as file:
            assert len(pypdf.PdfReader(file, strict=True).pages) == pages


def test_active_content_doesnt_come_along(reader: Reader, tmp_path: Path) -> None:
    active = tmp_path / "active.pdf"
    active.write_bytes(one_page_pdf(catalogue=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"))
    out = tmp_path / "searchable.pdf"
    reader.searchable_pdf(active, [PageText(1, 1, 1, 0, "", b"")], out)
    assert b"JavaScript" not in out.read_bytes()


def test_a_text_layer_keeps_its_places(reader: Reader, tmp_path: Path, font: Path) -> None:
    source = tmp_path / "text.pdf"
    source.write_bytes(text_pdf([["关于电梯检修的通知"]], font))
    (page,) = whole(reader, source, "text.pdf").pages
    out = tmp_path / "searchable.pdf"
    reader.searchable_pdf(source, [page_text(page)], out)
    (again,) = whole(reader, out, "searchable.pdf").pages
    # The picture is the whole page and its layer is short, so it is looked at, and says the same.
    assert "".join(again.text.split()) == "关于电梯检修的通知"


def jpeg_in(pdf: Path) -> bytes:
    """The first JPEG of a file, cut out by its first and last two bytes."""
    content = pdf.read_bytes()
    start = content.index(b"\xff\xd8\xff")
    return content[start : content.index(b"\xff\xd9", start) + 2]


def test_who_hands_a_searchable_pdf_out_writes_a_mark_behind_it(
    reader: Reader, tmp_path: Path, font: Path
) -> None:
    scan = tmp_path / "scan.png"
    scan.write_bytes(encoded(Image.new("L", (1000, 1400), 255), "PNG"))
    out = tmp_path / "searchable.pdf"
    reader.searchable_pdf(scan, [PageText(1, 1000, 1400, 0, "停水通知", b"")], out)
    plain = out.read_bytes()
    extra = pdf_mark(plain[:64], plain[-PDF_TAIL:], len(plain), "陈晓梅 #7 2026-03-09 09:00", font)
    marked = pypdfium2.PdfDocument(plain + extra)
    assert len(extra) < 30_000 and len(marked) == 1
    bare, seen = (
        pypdfium2.PdfDocument(content)[0].render(scale=1).to_pil().convert("L")
        for content in (plain, plain + extra)
    )
    assert bare.getextrema() == (255, 255)
    darkest, lightest = seen.getextrema()
    assert 120 < darkest < 230 and lightest == 255
    inked = sum(seen.histogram()[:250]) / (seen.width * seen.height)
    assert 0.01 < inked < 0.2  # all over the page, and most of it stays clear
    assert pypdf.PdfReader(io.BytesIO(plain + extra), strict=True).pages[0].extract_text() is not None
    # What was made before there was a place for marks gets none, and is no worse for it.
    assert pdf_mark(b"%PDF-1.7\n", plain[-PDF_TAIL:], len(plain), "x", font) == b""
