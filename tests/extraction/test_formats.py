"""Whatever honest people upload is read: what it is, its pages, its words."""

import io
import zipfile
from pathlib import Path

import docx
import pillow_heif
import pytest
from PIL import Image

from archive_service.kernel.boxes import unpack_boxes
from bench.pages import as_pdf, draw_page, error_rate
from tests.extraction.conftest import ReadFile
from tests.extraction.papers import encoded, one_page_pdf, text_pdf
from workers.extraction import Reason, Unreadable

NOTICE = "关于电梯检修的通知\n图号电施-12 三栋二单元1201室\n物业通〔2026〕18号"


def blank_free(text: str) -> str:
    return "".join(text.split())


def test_a_text_pdf_gives_its_own_words_and_where_they_stand(read: ReadFile, font: Path) -> None:
    document = read(text_pdf([NOTICE.split("\n"), ["第二页"]], font, title="电梯 通知"), "通知.pdf")
    assert document.inspection.media_type == "application/pdf"
    assert document.inspection.title == "电梯 通知"
    assert document.inspection.flags == ()
    assert [page.number for page in document.pages] == [1, 2]
    first = document.pages[0]
    assert first.source == "text"
    assert first.text == NOTICE
    assert first.confidence is None
    assert len(unpack_boxes(first.boxes)) == len(first.text)
    with Image.open(io.BytesIO(first.preview)) as preview:
        assert preview.format == "JPEG"
        assert preview.size == (first.width, first.height)
        assert max(preview.size) == 1400
    with Image.open(io.BytesIO(first.thumbnail)) as thumbnail:
        assert max(thumbnail.size) == 240


def test_a_hyphen_at_the_end_of_a_line_stays_a_hyphen(read: ReadFile, font: Path) -> None:
    document = read(text_pdf([["Building drawing no. ES-", "12 of the west wing"]], font), "a.pdf")
    assert "\ufffe" not in document.text
    assert "ES-" in document.text


def test_a_scanned_pdf_is_recognised(read: ReadFile, font: Path) -> None:
    document = read(as_pdf([draw_page(NOTICE, font, 200, angle=0.7)]), "扫描.pdf")
    (page,) = document.pages
    assert page.source == "ocr"
    assert error_rate(NOTICE, page.text) <= 0.03
    assert page.confidence is not None
    assert 0.9 < page.confidence <= 1
    assert len(unpack_boxes(page.boxes)) == len(page.text)


def test_a_mixed_pdf_is_read_page_by_page(read: ReadFile, font: Path, tmp_path: Path) -> None:
    import pypdf

    writer = pypdf.PdfWriter()
    writer.append(io.BytesIO(text_pdf([["有文字层的第一页内容"]], font)))
    writer.append(io.BytesIO(as_pdf([draw_page("扫描的第二页内容", font, 200)])))
    writer.append(io.BytesIO(as_pdf([Image.new("L", (1654, 2339), 250)])))
    mixed = tmp_path / "mixed.pdf"
    writer.write(mixed)
    document = read(mixed, "mixed.pdf")
    assert [page.source for page in document.pages] == ["text", "ocr", "none"]
    assert "扫描的第二页" in blank_free(document.pages[1].text)
    assert document.pages[2].text == ""
    assert document.pages[2].preview


@pytest.mark.parametrize(
    ("kind", "name", "media_type", "options"),
    [
        ("JPEG", "a.jpg", "image/jpeg", {"quality": 85}),
        ("PNG", "a.png", "image/png", {}),
        ("WEBP", "a.webp", "image/webp", {"quality": 85}),
        ("BMP", "a.bmp", "image/bmp", {}),
        ("TIFF", "a.tif", "image/tiff", {"compression": "tiff_lzw"}),
    ],
)
def test_picture_formats(
    read: ReadFile, font: Path, kind: str, name: str, media_type: str, options: dict[str, object]
) -> None:
    picture = draw_page("装修押金收据", font, 150, size="A5")
    document = read(encoded(picture, kind, **options), name)
    assert document.inspection.media_type == media_type
    (page,) = document.pages
    assert blank_free(page.text) == "装修押金收据"
    assert (page.full_width, page.full_height) == picture.size


def test_a_photo_from_a_phone_is_heic(read: ReadFile, font: Path) -> None:
    photo = io.BytesIO()
    pillow_heif.from_pillow(draw_page("装修现场照片", font, 150, size="A5").convert("RGB")).save(
        photo, quality=80
    )
    document = read(photo.getvalue(), "IMG_0001.HEIC")
    assert document.inspection.media_type == "image/heic"
    assert blank_free(document.text) == "装修现场照片"


def test_a_fax_tiff_has_several_pages_of_one_bit(read: ReadFile, font: Path) -> None:
    pages = [draw_page(f"传真第{number}页内容", font, 200, noise=0).convert("1") for number in "一二三"]
    fax = io.BytesIO()
    pages[0].save(fax, "TIFF", save_all=True, append_images=pages[1:], compression="group4", dpi=(200, 200))
    document = read(fax.getvalue(), "fax.tif")
    assert [blank_free(page.text) for page in document.pages] == [
        "传真第一页内容",
        "传真第二页内容",
        "传真第三页内容",
    ]


def test_an_a0_drawing_of_139_megapixels_is_read_in_its_corners(read: ReadFile, font: Path) -> None:
    sheet = Image.new("1", (14_043, 9_933), 1)
    for place, text in (((600, 500), "给排水系统图"), ((11_500, 9_000), "图号水施-05")):
        words = draw_page(text, font, 300, noise=0, size="A5").crop((0, 150, 1200, 450)).convert("1")
        sheet.paste(words, place)
    document = read(encoded(sheet, "TIFF", compression="group4", dpi=(300, 300)), "A0.tif")
    (page,) = document.pages
    assert (page.full_width, page.full_height) == (14_043, 9_933)
    assert "给排水系统图" in blank_free(page.text)
    assert "图号水施-05" in blank_free(page.text)


def test_a_camera_that_was_held_sideways_is_believed(read: ReadFile, font: Path) -> None:
    upright = draw_page("横着拍的照片文字", font, 150, size="A5")
    exif = Image.Exif()
    exif[0x0112] = 6
    lying = upright.rotate(90, expand=True)
    document = read(encoded(lying, "JPEG", exif=exif.tobytes()), "photo.jpg")
    (page,) = document.pages
    assert page.rotation == 0
    assert (page.full_width, page.full_height) == upright.size
    assert blank_free(page.text) == "横着拍的照片文字"


@pytest.mark.parametrize("mode", ["CMYK", "LA", "RGBA", "P", "I;16"])
def test_odd_kinds_of_pixels_are_pixels(read: ReadFile, font: Path, mode: str) -> None:
    picture = draw_page("颜色模式测试", font, 150, size="A5")
    if mode == "I;16":
        picture = picture.convert("I").point(lambda value: value * 257).convert("I;16")
    else:
        picture = picture.convert("RGB").convert(mode)
    document = read(encoded(picture, "TIFF" if mode in ("CMYK", "I;16") else "PNG"), "odd.tif")
    assert blank_free(document.text) == "颜色模式测试"


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16", "utf-16-le", "utf-16-be"])
def test_plain_text_in_any_of_its_encodings(read: ReadFile, encoding: str) -> None:
    text = "关于停水的通知\n2026年3月8日 9:00-17:00\n业主翀赟婳收"
    document = read(text.replace("\n", "\r\n").encode(encoding), "通知.txt")
    assert document.inspection.media_type == "text/plain"
    assert document.text == text
    (page,) = document.pages
    assert page.source == "text"
    assert page.preview == b""
    assert page.boxes == b""


def test_a_long_text_is_cut_into_pages_at_the_ends_of_lines(read: ReadFile) -> None:
    line = "一" * 99
    document = read("\n".join([line] * 70).encode(), "long.txt")
    assert len(document.pages) == 3
    assert all(len(page.text) <= 3000 for page in document.pages)
    assert document.text == "\n".join([line] * 70)


def test_html_in_a_text_file_is_just_text_and_control_characters_go(read: ReadFile) -> None:
    document = read(
        b"<script>alert(1)</script>\x07\x1b[31m after" + b" and on" * 20 + b"\0", "note.txt".upper()
    )
    assert document.inspection.media_type == "text/plain"
    assert document.text == "<script>alert(1)</script>[31m after" + " and on" * 20


def test_a_word_document_gives_paragraphs_tables_notes_and_title(read: ReadFile) -> None:
    word = docx.Document()
    word.core_properties.title = "装修 申请表"
    word.sections[0].header.paragraphs[0].text = "页眉文字"
    word.add_paragraph("申请人：李赟")
    table = word.add_table(2, 2)
    for number, cell in enumerate(cell for row in table.rows for cell in row.cells):
        cell.text = f"格{number}"
    word.add_paragraph("电话13800138000")
    out = io.BytesIO()
    word.save(out)
    document = read(out.getvalue(), "申请表.docx")
    assert document.inspection.media_type.endswith("wordprocessingml.document")
    assert document.inspection.title == "装修 申请表"
    assert "页眉文字" in document.text
    assert "申请人：李赟\n格0 \t格1 \t\n格2 \t格3 \t\n电话13800138000" in document.text
    assert document.pages[0].source == "text"


def test_a_word_document_that_fetches_something_is_flagged(read: ReadFile) -> None:
    word = docx.Document()
    word.add_paragraph("模板")
    word.part.relate_to(
        "http://example.org/evil.dotm",
        "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate",
        is_external=True,
    )
    out = io.BytesIO()
    word.save(out)
    assert read(out.getvalue(), "a.docx").inspection.flags == ("external-content",)


def test_a_vector_pdf_page_without_words_is_looked_at(read: ReadFile) -> None:
    document = read(one_page_pdf(content=b"50 50 400 300 re S 100 100 m 300 300 l S"), "drawing.pdf")
    (page,) = document.pages
    assert page.source == "none"
    assert page.preview
    assert (page.full_width, page.full_height) == (2479, 3508)


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (b"MZ\x90\0" + b"\0" * 100, "setup.exe"),
        (b"\x7fELF" + b"\0" * 100, "tool"),
        (b"<!doctype html><html><body>hi</body></html>", "page.html"),
        (b'<svg xmlns="http://www.w3.org/2000/svg"><script>1</script></svg>', "plan.svg"),
        (b"MIME-Version: 1.0\r\nContent-Type: multipart/related\r\n", "page.mhtml"),
        (b"Rar!\x1a\x07\0", "files.rar"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "old.doc"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600, "wps.wps"),
        (b"AC1027" + b"\0" * 100, "plan.dwg"),
        (b"{\\rtf1 hello}", "letter.rtf"),
        (b"GIF89a" + b"\0" * 100, "anim.gif"),
        (bytes(range(256)) * 8, "noise.txt"),
    ],
)
def test_what_is_not_read_is_said_to_be_unsupported(read: ReadFile, content: bytes, name: str) -> None:
    with pytest.raises(Unreadable) as caught:
        read(content, name)
    assert caught.value.reason in (Reason.UNSUPPORTED, Reason.BROKEN)
    assert caught.value.reason.is_quarantine


def test_macros_and_archives_are_unsupported(read: ReadFile) -> None:
    word = io.BytesIO()
    docx.Document().save(word)
    with zipfile.ZipFile(word, "a") as package:
        package.writestr("word/vbaProject.bin", b"macro")
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as package:
        package.writestr("a.txt", "a")
    for content, name in ((word.getvalue(), "a.docm"), (archive.getvalue(), "a.zip")):
        with pytest.raises(Unreadable) as caught:
            read(content, name)
        assert caught.value.reason is Reason.UNSUPPORTED


def test_an_empty_file_is_empty(read: ReadFile) -> None:
    with pytest.raises(Unreadable) as caught:
        read(b"", "nothing.pdf")
    assert caught.value.reason is Reason.EMPTY
