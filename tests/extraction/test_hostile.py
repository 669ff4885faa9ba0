"""Documents made to do harm end with a reason, within their limits, and the next document is read as ever."""

import io
import struct
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import docx
import pytest
from PIL import Image

from tests.extraction.conftest import ReadFile, whole
from tests.extraction.papers import encoded, one_page_pdf, raw_pdf, text_pdf
from workers.extraction import Inspection, Limits, PageReading, Reader, Reason, Unreadable

HONEST = "诚实的文件".encode()
ROOMY = 8 << 30  # bytes: where the clock is on trial, a fast machine must not run out of memory first


def png_head(width: int, height: int) -> bytes:
    """A PNG that promises so many pixels and holds a few zeros, packed."""

    def chunk(kind: bytes, content: bytes) -> bytes:
        return (
            struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        )

    rows = zlib.compress(b"\0" * (width // 8 + 1) * 100)
    head = struct.pack(">IIBBBBB", width, height, 1, 0, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")


def looping_tiff() -> bytes:
    """A TIFF whose second directory says that the first comes next."""
    tiff = bytearray(encoded(Image.new("L", (8, 8)), "TIFF"))
    first = struct.unpack_from("<I", tiff, 4)[0]
    entries = struct.unpack_from("<H", tiff, first)[0]
    struct.pack_into("<I", tiff, first + 2 + entries * 12, first)
    return bytes(tiff)


def package(members: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return out.getvalue()


def word_of(body: bytes) -> bytes:
    types = b'<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>'
    return package({"[Content_Types].xml": types, "word/document.xml": body})


BILLION_LAUGHS = (
    b'<!DOCTYPE d [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">'
    b'<!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;">]><d>&c;</d>'
)
EXTERNAL_ENTITY = b'<!DOCTYPE d [<!ENTITY x SYSTEM "file:///etc/passwd">]><d>&x;</d>'
EXTERNAL_DTD = b'<!DOCTYPE d SYSTEM "http://example.org/x.dtd"><d/>'

PDF = one_page_pdf()
PICTURE = encoded(Image.new("L", (64, 64), 255), "JPEG")


@pytest.mark.parametrize(
    ("make", "name", "reason"),
    [
        pytest.param(lambda: png_head(30_000, 30_000), "a.png", Reason.TOO_MANY_PIXELS, id="30,000 squared"),
        pytest.param(lambda: png_head(13_300, 13_300), "a.png", Reason.TOO_MANY_PIXELS, id="177 megapixels"),
        pytest.param(lambda: PICTURE[:300], "a.jpg", Reason.BROKEN, id="half a picture"),
        pytest.param(lambda: PDF[: len(PDF) // 3], "a.pdf", Reason.BROKEN, id="a third of a PDF"),
        pytest.param(lambda: b"%PDF-1.7\n", "a.pdf", Reason.BROKEN, id="a PDF's first line"),
        pytest.param(lambda: b"hello " * 50, "a.pdf", Reason.BROKEN, id="text named PDF"),
        pytest.param(lambda: word_of(BILLION_LAUGHS), "a.docx", Reason.BROKEN, id="billion laughs"),
        pytest.param(lambda: word_of(EXTERNAL_ENTITY), "a.docx", Reason.BROKEN, id="external entity"),
        pytest.param(lambda: word_of(EXTERNAL_DTD), "a.docx", Reason.BROKEN, id="external DTD"),
        pytest.param(lambda: word_of(b"\0" * (20 << 20)), "a.docx", Reason.BOMB, id="20 MB of nothing"),
        pytest.param(
            lambda: package({"[Content_Types].xml": b"<T/>", "word/document.xml": b"<d/>", "../../x": b""}),
            "a.docx",
            Reason.BROKEN,
            id="a member outside",
        ),
        pytest.param(
            lambda: package({"inner.zip": package({"core.zip": package({"zeros": b"\0" * (50 << 20)})})}),
            "a.zip",
            Reason.UNSUPPORTED,
            id="nested ZIP",
        ),
        pytest.param(lambda: package({"zeros": b"\0" * (30 << 20)}), "a.zip", Reason.BOMB, id="ZIP bomb"),
        pytest.param(
            lambda: b"<html><script>1</script></html>", "a.pdf", Reason.DISGUISED, id="HTML named PDF"
        ),
        pytest.param(lambda: b"  <!-- x --><svg onload=1>", "a.png", Reason.DISGUISED, id="SVG named PNG"),
        pytest.param(lambda: b"MZ\x90\0" + b"\0" * 99, "a.jpg", Reason.DISGUISED, id="program named JPEG"),
        pytest.param(lambda: package({"a": b"a"}), "a.pdf", Reason.DISGUISED, id="ZIP named PDF"),
        pytest.param(
            lambda: PDF.replace(b"%PDF-1.7\n", b"%PDF-1.7\n%<html><script>1</script>\n"),
            "a.pdf",
            Reason.DISGUISED,
            id="PDF and web page",
        ),
        pytest.param(lambda: PDF + b"\n<script>1</script>", "a.pdf", Reason.DISGUISED, id="PDF, then script"),
        pytest.param(lambda: PDF + package({"a": b"a"}), "a.pdf", Reason.DISGUISED, id="PDF and ZIP"),
        pytest.param(lambda: PICTURE + package({"a": b"a"}), "a.jpg", Reason.DISGUISED, id="JPEG and ZIP"),
        pytest.param(
            lambda: b"GIF89a/*" + b"\0" * 20 + b"*/=1;alert(1)", "a.gif", Reason.DISGUISED, id="GIF and JS"
        ),
        pytest.param(
            lambda: one_page_pdf(box=b"[0 0 100 2147483648]"),
            "a.pdf",
            Reason.TOO_MANY_PIXELS,
            id="a page without end",
        ),
        pytest.param(
            lambda: raw_pdf(
                [
                    b"<< /Type /Catalog /Pages 2 0 R >>",
                    b"<< /Type /Pages /Kids [" + b"3 0 R " * 2001 + b"] /Count 2001 >>",
                    b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 9 9] >>",
                ]
            ),
            "a.pdf",
            Reason.TOO_MANY_PAGES,
            id="2,001 pages",
        ),
        pytest.param(lambda: b"1" * 3001 * 2001, "a.txt", Reason.TOO_MANY_PAGES, id="2,001 pages of text"),
    ],
)
def test_it_ends_with_its_reason_and_the_next_is_read(
    read: ReadFile, make: Callable[[], bytes], name: str, reason: Reason
) -> None:
    with pytest.raises(Unreadable) as caught:
        read(make(), name)
    assert caught.value.reason is reason
    assert caught.value.reason.is_quarantine
    assert read(HONEST, "honest.txt").text == "诚实的文件"


def test_passwords_are_told_from_broken_files(read: ReadFile, font: Path) -> None:
    with pytest.raises(Unreadable) as caught:
        read(text_pdf([["secret"]], font, encrypt="password"), "a.pdf")
    assert caught.value.reason is Reason.PASSWORD_PROTECTED
    legacy = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600 + "EncryptedPackage".encode("utf-16-le")
    with pytest.raises(Unreadable) as caught:
        read(legacy, "a.docx")
    assert caught.value.reason is Reason.PASSWORD_PROTECTED


@pytest.mark.parametrize(
    ("content", "flag"),
    [
        (one_page_pdf(catalogue=b"/OpenAction << /S /JavaScript /JS (app.alert(1)) >>"), "active-javascript"),
        (one_page_pdf(page=b"/AA << /O << /S /JavaScript /JS (1) >> >>"), "active-javascript"),
        (one_page_pdf(catalogue=b"/OpenAction << /S /Launch /F (cmd.exe) >>"), "launch-action"),
        (
            one_page_pdf(
                page=b"/Annots [<< /Type /Annot /Subtype /Link /Rect [0 0 9 9] /A << /S /URI /URI (java\\nscript:1) >> >>]"
            ),
            "javascript-link",
        ),
        (
            one_page_pdf(
                catalogue=b"/Names << /EmbeddedFiles << /Names [(a) << /Type /Filespec /F (a) /EF << /F 5 0 R >> >>] >> >>",
                more=[b"<< /Type /EmbeddedFile /Length 2 >>\nstream\nMZ\nendstream"],
            ),
            "embedded-files",
        ),
        (one_page_pdf(catalogue=b"/AcroForm << /XFA [(a) 4 0 R] >>"), "xfa-form"),
        (
            one_page_pdf(
                page=b"/Annots [<< /Subtype /Widget /A << /S /SubmitForm /F (http://example.org) >> >>]"
            ),
            "remote-action",
        ),
    ],
)
def test_active_content_is_flagged_and_only_ever_a_picture(read: ReadFile, content: bytes, flag: str) -> None:
    document = read(content, "active.pdf")
    assert flag in document.inspection.flags
    assert document.pages[0].preview.startswith(b"\xff\xd8\xff")


def test_a_structure_too_long_to_check_is_never_called_clean(read: ReadFile) -> None:
    many = b"<< /A [" + b"<< /B /C >> " * 60_000 + b"] >>"
    document = read(one_page_pdf(catalogue=b"/Much 5 0 R", more=[many]), "long.pdf")
    assert document.inspection.flags == ("structure-not-verified",)


def test_pages_that_are_their_own_ancestors_end(read: ReadFile) -> None:
    cyclic = raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [2 0 R 3 0 R] /Count 3 /Parent 2 0 R >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",
        ]
    )
    ends_or_says_why(read, cyclic, "cyclic.pdf")
    assert read(HONEST, "honest.txt").text == "诚实的文件"


def test_a_tiff_in_a_loop_has_the_pages_it_has(read: ReadFile) -> None:
    document = read(looping_tiff(), "loop.tif")
    assert document.inspection.page_count == 1


def test_the_biggest_page_a_pdf_may_have_is_drawn_within_limits(read: ReadFile) -> None:
    document = read(one_page_pdf(box=b"[0 0 14400 14400]", content=b"0 0 14400 14400 re S"), "giant.pdf")
    (page,) = document.pages
    assert page.full_width * page.full_height <= 150_000_000
    assert page.width == page.height == 1400


def test_300_megabytes_in_one_stream(read: ReadFile) -> None:
    packer = zlib.compressobj(9)
    stream = b"".join([packer.compress(b"0 0 m " * (1 << 20)) for _ in range(50)]) + packer.flush()
    bomb = one_page_pdf(
        page=b"/Contents 5 0 R",
        more=[b"<< /Length %d /Filter /FlateDecode >>\nstream\n" % len(stream) + stream + b"\nendstream"],
    )
    ends_or_says_why(read, bomb, "stream.pdf")
    assert read(HONEST, "honest.txt").text == "诚实的文件"


def test_a_picture_in_a_pdf_may_be_no_bigger_than_one_outside(read: ReadFile) -> None:
    row = zlib.compress(b"\0" * 100_000)
    image = (
        b"<< /Type /XObject /Subtype /Image /Width 30000 /Height 30000 /ColorSpace /DeviceGray /BitsPerComponent 8 "
        b"/Filter /FlateDecode /Length %d >>\nstream\n" % len(row) + row + b"\nendstream"
    )
    content = one_page_pdf(
        page=b"/Resources << /XObject << /I 5 0 R >> >>", content=b"595 0 0 842 0 0 cm /I Do", more=[image]
    )
    with pytest.raises(Unreadable) as caught:
        read(content, "image.pdf")
    assert caught.value.reason is Reason.TOO_MANY_PIXELS


def test_names_and_titles_that_are_markup_are_only_text(read: ReadFile, font: Path) -> None:
    evil = '"><img src=x onerror=alert(1)>{{7*7}}\u202egnp'
    document = read(text_pdf([["a"]], font, title=evil), f"../../{evil}\0\r\n.pdf")
    assert document.inspection.title == evil


def test_a_broken_page_doesnt_take_the_others_with_it(read: ReadFile) -> None:
    content = raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 10 99999999] >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",
        ]
    )
    document = read(content, "half.pdf")
    assert [page.source for page in document.pages] == ["none", "none"]
    assert document.pages[0].preview == b""
    assert document.pages[1].preview != b""


def test_a_document_is_stopped_when_its_computing_is_used_up(tmp_path: Path) -> None:
    path = tmp_path / "slow.pdf"
    path.write_bytes(endless_pdf())
    honest = tmp_path / "honest.txt"
    honest.write_bytes(HONEST)
    with Reader(replace(Limits(), cpu_s=2, structure_s=0.5, address_space=ROOMY), recognisers=1) as reader:
        with pytest.raises(Unreadable) as caught:
            whole(reader, path, "slow.pdf")
        assert caught.value.reason is Reason.TIMED_OUT
        assert not caught.value.reason.is_quarantine
        assert whole(reader, honest, "honest.txt").text == "诚实的文件"


def test_a_document_is_stopped_when_no_answer_comes(tmp_path: Path) -> None:
    path = tmp_path / "slow.pdf"
    path.write_bytes(endless_pdf())
    with (
        Reader(replace(Limits(), wall_s=0.5, address_space=ROOMY), recognisers=1) as reader,
        pytest.raises(Unreadable) as caught,
    ):
        whole(reader, path, "slow.pdf")
    assert caught.value.reason is Reason.TIMED_OUT


def test_a_document_is_stopped_when_its_memory_is_used_up(tmp_path: Path) -> None:
    path = tmp_path / "big.bmp"
    path.write_bytes(encoded(Image.new("RGB", (11_000, 11_000)), "BMP"))
    with Reader(replace(Limits(), address_space=400 << 20), recognisers=1) as reader:
        with pytest.raises(Unreadable) as caught:
            whole(reader, path, "big.bmp")
        assert caught.value.reason is Reason.OUT_OF_MEMORY


def test_a_word_document_with_a_thousand_pictures_too_many(read: ReadFile) -> None:
    word = io.BytesIO()
    docx.Document().save(word)
    with zipfile.ZipFile(word, "a") as archive:
        for number in range(5001):
            archive.writestr(f"word/media/{number}", b"")
    with pytest.raises(Unreadable) as caught:
        read(word.getvalue(), "a.docx")
    assert caught.value.reason is Reason.BOMB


def endless_pdf() -> bytes:
    """A page that no time is long enough to draw."""
    forms = endless(first=5)
    return one_page_pdf(page=b"/Resources << /XObject << /F 5 0 R >> >>", content=b"/F Do", more=forms)


def endless(first: int) -> list[bytes]:
    """Ever deeper forms that each draw the next one many times: nothing big, and no end."""
    levels = [
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Resources << /XObject << /F %d 0 R >> >> "
        b"/Length %d >>\nstream\n%b\nendstream" % (first + depth + 1, 6 * 40, b"/F Do " * 40)
        for depth in range(9)
    ]
    leaf = (
        b"<< /Type /XObject /Subtype /Form /BBox [0 0 595 842] /Length 12 >>\nstream\n0 0 9 9 re f\nendstream"
    )
    return [*levels, leaf]


def ends_or_says_why(read: ReadFile, content: bytes, name: str) -> None:
    """For what may be readable after all: it must end, by itself or by its limits."""
    try:
        assert read(content, name).pages
    except Unreadable as ended:
        assert ended.reason in (Reason.BROKEN, Reason.TIMED_OUT, Reason.OUT_OF_MEMORY)


def test_pages_before_the_one_that_stops_a_document_come_out(tmp_path: Path) -> None:
    levels = endless(first=6)
    content = raw_pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R 4 0 R] /Count 2 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] >>",
            (
                b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 99 99] /Contents 5 0 R "
                b"/Resources << /XObject << /F 6 0 R >> >> >>"
            ),
            b"<< /Length 5 >>\nstream\n/F Do\nendstream",
            *levels,
        ]
    )
    path = tmp_path / "slow.pdf"
    path.write_bytes(content)
    with Reader(replace(Limits(), cpu_s=2, structure_s=0.5, address_space=ROOMY), recognisers=1) as reader:
        reading = reader.read(path, "slow.pdf")
        inspection, first = next(reading), next(reading)
        with pytest.raises(Unreadable) as caught:
            next(reading)
    assert isinstance(inspection, Inspection)
    assert isinstance(first, PageReading)
    assert first.number == 1
    assert caught.value.reason is Reason.TIMED_OUT
