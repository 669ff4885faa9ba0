"""However a personal number is drawn in a paper: the index's files hold it nowhere in full."""

import re
import unicodedata
import zlib

from hypothesis import given
from hypothesis import strategies as st

from archive_service import search
from archive_service.kernel.masking import mask
from archive_service.search import SearchRequest
from search_index import normalise
from tests.support.house import House
from tests.support.papers import indexed

FORMS = [
    "13912345678",
    "①③⑨①②③④⑤⑥⑦⑧",
    "¹³⁹¹²³⁴⁵⁶⁷⁸",
    "₁₃₉₁₂₃₄₅₆₇₈",
    "𝟏𝟑𝟗𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖",
    "⑬⑨①②③④⑤⑥⑦⑧",
    "1\u00ad3\u00ad9\u00ad1\u00ad2345678",
    "139\u200b\u200b\u200b\u200b\u200b12345678",
    "①13912345678②",
    "¹13912345678",
]
# Of each digit all the signs that the index reads as that digit.
DRAWN = [
    [sign for sign in map(chr, range(0x110000)) if unicodedata.normalize("NFKC", sign) == digit]
    for digit in "0123456789"
]


def test_no_form_of_a_number_is_in_the_files_of_the_index(house: House) -> None:
    chen = house.person("陈", "archivist")
    papers = [
        house.paper(
            chen, title=f"甲{form}", owner=f"乙{form}", class_code="YZ.01", pages=[f"密封胶 {form} 完"]
        )
        for form in FORMS
    ]
    indexed(house, *papers)
    assert search.find(house.archive, chen, SearchRequest("密封胶")).total == len(FORMS)
    assert search.find(house.archive, chen, SearchRequest("13912345678")).total == 0
    files = [path for path in house.archive.settings.index_dir.rglob("*") if path.is_file()]
    kept = b"".join(path.read_bytes() for path in files)
    assert "密封胶".encode() in kept
    assert b"13912345678" not in kept
    shown = [normalise(text) for text in _unpacked(kept)]
    assert sum("密封胶" in text for text in shown) == len(FORMS)
    assert not any("13912345678" in text for text in shown)


def _unpacked(kept: bytes) -> list[str]:
    """The texts that lie compressed among these bytes."""
    texts = []
    for start in (found.start() for found in re.finditer(rb"\x78\x01", kept)):
        try:
            texts.append(zlib.decompressobj().decompress(kept[start:]).decode())
        except (zlib.error, UnicodeDecodeError):
            continue  # two bytes that only look like a beginning
    return texts


@given(
    drawn=st.tuples(*(st.sampled_from(DRAWN[int(digit)]) for digit in "13912345678")),
    unseen=st.lists(
        st.sampled_from(["", "", "\u00ad", "\u200b" * 5, "\u2062", "\x00"]), min_size=11, max_size=11
    ),
    around=st.sampled_from(["", "业主", "。", "，电话"]),
)
def test_no_way_of_drawing_digits_leads_past_the_mask(
    drawn: tuple[str, ...], unseen: list[str], around: str
) -> None:
    text = around + "".join(sign + gap for sign, gap in zip(drawn, unseen, strict=True)) + around
    assert normalise(text) == normalise(f"{around}13912345678{around}")
    assert normalise(mask(text)) == normalise(f"{around}139****5678{around}")
