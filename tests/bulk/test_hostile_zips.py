"""Zips that nobody would pack honestly, and those of Chinese Windows, which only look so."""

import io
import struct
import zipfile
import zlib
from contextlib import suppress
from typing import Final

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_service.bulk.rules import BadZip, ImportState, RowState
from archive_service.bulk.rules.names import (
    apart,
    clean_path,
    common_folder,
    entry_name,
    guessed_encoding,
    is_skipped,
    outgoing_name,
)
from archive_service.bulk.service.sources import ZipFiles
from archive_service.kernel.errors import Invalid
from tests.bulk.crates import Crates, packed, table
from tests.support.house import House

MOST: Final = 100_000_000


def files_of(content: bytes, most: int = MOST) -> ZipFiles:
    return ZipFiles(io.BytesIO(content), len(content), most)


def troubles(content: bytes, most: int = MOST) -> dict[str, str]:
    return {e.path: e.trouble.code if e.trouble else "" for e in files_of(content, most).entries()}


def raw_named(names: dict[bytes, bytes], flags: int = 0) -> bytes:
    """A zip with the very bytes of each name, as old programs write them."""
    out, directory = io.BytesIO(), io.BytesIO()
    for name, content in names.items():
        crc, at = zlib.crc32(content), out.tell()
        same = struct.pack("<HHHHHIIIHH", 20, flags, 0, 0, 33, crc, len(content), len(content), len(name), 0)
        out.write(b"PK\x03\x04" + same + name + content)
        more = struct.pack("<HHHII", 0, 0, 0, 0, at)
        directory.write(b"PK\x01\x02" + struct.pack("<H", 20) + same + more + name)
    start, listed = out.tell(), directory.getvalue()
    end = struct.pack("<HHHHIIH", 0, 0, len(names), len(names), len(listed), start, 0)
    return out.getvalue() + listed + b"PK\x05\x06" + end


@pytest.mark.parametrize(
    "name",
    [
        "../secret.pdf",
        "a/../../b.pdf",
        "/etc/passwd.pdf",
        "C:\\Windows\\x.pdf",
        "C:x.pdf",
        "a/./b.pdf",
        "..\\x.pdf",
    ],
)
def test_a_name_that_leads_out_is_not_taken(name: str) -> None:
    assert list(troubles(packed({name: b"x", "good.pdf": b"y"})).values()) == ["bulk.unsafe-path", ""]


def test_names_with_what_no_name_may_hold() -> None:
    content = raw_named({b"a\x00b.pdf": b"x", b"a\nb.pdf": b"x", "a\u202eb.pdf".encode(): b"x"}, 0x800)
    assert set(troubles(content).values()) == {"bulk.unsafe-path"}


def test_names_of_chinese_windows_are_read_as_they_were_meant() -> None:
    name = "业主档案/3栋2单元1201 收楼验收单.pdf"
    for raw, flags in ((name.encode("gbk"), 0), (name.encode(), 0), (name.encode(), 0x800)):
        assert troubles(raw_named({raw: b"x"}, flags)) == {name: ""}
    western = "résumé.pdf"
    for encoding in ("cp437", "utf-8"):
        assert troubles(raw_named({western.encode(encoding): b"x"})) == {western: ""}


def test_the_name_in_the_extra_field_wins() -> None:
    name = "停水通知.pdf".encode()
    extra = struct.pack("<HHBI", 0x7075, 5 + len(name), 1, 0) + name
    otherwise = "停水.pdf".encode("gbk").decode("cp437")
    assert entry_name(otherwise, 0, extra, "gb18030") == "停水通知.pdf"
    assert entry_name(otherwise, 0, extra[:7], guessed_encoding([otherwise])) == "停水.pdf"


def test_gbk_zip_and_gbk_table_from_one_computer(house: House, crates: Crates) -> None:
    rows = table(("通知\\停水通知.pdf", "停水")).decode("utf-8-sig").encode("gbk")
    content = raw_named({"通知\\停水通知.pdf".encode("gbk"): b"%PDF", "目录.csv".encode("gbk"): rows})
    assert crates.brought_in(content).count(RowState.DONE) == 1


def test_links_in_a_zip_are_not_followed() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as made:
        link = zipfile.ZipInfo("link.pdf")
        link.external_attr = 0o120777 << 16
        made.writestr(link, "/etc/passwd")
    assert troubles(out.getvalue()) == {"link.pdf": "bulk.file-is-link"}


def test_what_is_locked_packed_empty_or_too_large() -> None:
    locked = bytearray(packed({"a.pdf": b"secret"}))
    for signature, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        locked[locked.index(signature) + at] |= 1
    assert troubles(bytes(locked)) == {"a.pdf": "bulk.file-has-password"}
    inner = packed({"x.pdf": b"x"})
    nested = {
        "a.zip": b"x",
        "b.pdf": inner,
        "c.docx": inner,
        "d.jpg": b"Rar!\x1a\x07",
        "e.7z": b"x",
        "f.pdf": b"",
    }
    assert troubles(packed(nested)) == {
        "a.zip": "bulk.file-is-archive", "b.pdf": "bulk.file-is-archive", "c.docx": "",
        "d.jpg": "bulk.file-is-archive", "e.7z": "bulk.file-is-archive", "f.pdf": "bulk.file-is-empty",
    }  # fmt: skip
    assert troubles(packed({"a.pdf": b"12345"}), most=4) == {"a.pdf": "bulk.file-too-large"}
    lzma = packed({"a.pdf": b"12345"}, zipfile.ZIP_LZMA)
    assert troubles(lzma) == {"a.pdf": "bulk.file-unreadable"}


def test_a_bomb_is_not_opened() -> None:
    assert troubles(packed({"a.bmp": bytes(3_000_000), "b.pdf": b"x" * 400_000})) == {
        "a.bmp": "bulk.file-unfolds", "b.pdf": "",
    }  # fmt: skip
    with pytest.raises(BadZip) as caught:
        files_of(packed({f"{n}.bmp": bytes(9_000_000) for n in range(10)})).entries()
    assert caught.value.code == "bulk.zip-suspicious"


def test_parts_that_lie_over_each_other() -> None:
    content = bytearray(raw_named({b"a.pdf": b"x" * 50, b"b.pdf": b"y" * 50}))
    second = content.index(b"PK\x01\x02", content.index(b"PK\x01\x02") + 4)
    content[second + 42 : second + 46] = (10).to_bytes(4, "little")
    with pytest.raises(BadZip) as caught:
        files_of(bytes(content)).entries()
    assert caught.value.code == "bulk.zip-suspicious"


def test_a_list_that_is_too_long_is_not_even_read() -> None:
    content = bytearray(packed({"a.pdf": b"x"}))
    end = content.index(b"PK\x05\x06")
    content[end + 12 : end + 16] = (17_000_000).to_bytes(4, "little")
    with pytest.raises(BadZip) as caught:
        files_of(bytes(content))
    assert caught.value.code == "bulk.zip-too-large"


def test_two_files_of_one_name_are_nobodys() -> None:
    content = raw_named({b"a.pdf": b"x", b"./a.pdf": b"y"})
    assert [entry.trouble and entry.trouble.code for entry in files_of(content).entries()] == [
        "bulk.file-twice"
    ] * 2


@pytest.mark.parametrize(
    "content", [b"", b"not a zip", b"PK\x05\x06", b"%PDF-1.4 no", packed({"a.pdf": b"x"})[:-9]]
)
def test_what_is_no_zip_ends_the_import_and_says_so(house: House, crates: Crates, content: bytes) -> None:
    view = crates.checked(content or b" ", table(("a.pdf", "t")))
    assert (view.state, view.trouble) == (ImportState.FAILED, "bulk.bad-zip")


def test_a_file_that_breaks_while_it_is_read_is_told_and_holds_up_no_other(
    house: House, crates: Crates
) -> None:
    content = bytearray(packed({"a.pdf": b"x" * 9000, "b.pdf": b"y" * 9000}, zipfile.ZIP_STORED))
    content[content.index(b"x" * 9000) + 8000] = 0
    view = crates.brought_in(bytes(content), table(("a.pdf", "甲"), ("b.pdf", "乙")))
    assert [row.problems[0].code for row in crates.rows(view, RowState.FAILED)] == ["bulk.file-unreadable"]
    assert view.count(RowState.DONE) == 1


def test_a_zip_without_a_table(crates: Crates) -> None:
    assert crates.checked(packed({"a.pdf": b"x"})).trouble == "bulk.no-manifest"


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 400), st.integers(0, 255))
def test_nothing_but_a_told_trouble_comes_of_bytes_that_somebody_changed(
    tail: bytes, at: int, value: int
) -> None:
    content = bytearray(packed({"通知/a.pdf": b"x" * 90, "目录.csv": b"path\na.pdf"}))
    content[at % len(content)] = value
    for one in (bytes(content), bytes(content) + tail, tail):
        with suppress(BadZip):
            files_of(one).entries()


def test_paths_that_are_fine_stay_as_they_are() -> None:
    assert clean_path("./a\\b c.pdf") == "a/b c.pdf"
    assert clean_path("caf\u0065\u0301.pdf") == "caf\u00e9.pdf"
    with pytest.raises(Invalid):
        clean_path("x" * 401)
    assert common_folder(["移交/a.pdf", "移交/b/c.pdf"]) == "移交/"
    assert common_folder(["移交/a.pdf", "c.pdf"]) == ""
    assert [is_skipped(p) for p in ("a/.DS_Store", "__MACOSX/a", "a/Thumbs.db", "~$a.docx", "a.pdf")] == [
        True
    ] * 4 + [False]


def test_names_of_originals_suit_every_file_manager() -> None:
    assert outgoing_name("WY01-WS.02.2026-D10-KF-0001", "t", "扫描.PDF") == "WY01-WS.02.2026-D10-KF-0001.pdf"
    assert outgoing_name("", 'a/b:c*?"<>|\u202e 收楼', "x") == "a_b_cx_收楼"
    assert outgoing_name("", "CON", "x.pdf") == "_CON.pdf"
    assert outgoing_name("", "张建国 110101199003070011", "x.p/f") == "张建国_110xxxxxxxxxxx0011.pf"
    assert outgoing_name("", "...", "x.jpg") == "document.jpg"
    taken: set[str] = set()
    assert [apart("A.pdf", taken), apart("a.pdf", taken), apart("a.pdf", taken)] == [
        "A.pdf",
        "a-2.pdf",
        "a-3.pdf",
    ]
