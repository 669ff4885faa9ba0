"""Where the words stand in a text as it was written: the page viewer frames exactly what was found."""

from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from search_index import Needle, find_marks, needles, normalise, parse
from search_index.marks import snippet
from search_index.normal import normalise_mapped


def marked(text: str, query: str) -> list[str]:
    return [text[start:end] for start, end in find_marks(text, needles(parse(query)))]


@pytest.mark.parametrize(
    ("text", "query", "stretches"),
    [
        ("本栋业 主、业\n主与业主", "业主", ["业 主", "业\n主", "业主"]),
        ("房号３－１２０１，13-1201，3—1201号", "3-1201", ["３－１２０１", "3—1201"]),
        ("編號ZX〔2026〕0045。", "zx20260045", ["ZX〔2026〕0045"]),
        ("ZX-2026-0045-003", "ZX-2026*", ["ZX-2026"]),
        ("2026年3月8日与12月", "2026年 2月", ["2026年"]),
        ("3栋1201室", "3栋 1201室", ["3栋", "1201室"]),
        ("電梯与电梯", "电梯", ["電梯", "电梯"]),
        ("ﬁne Fine", "fine", ["ﬁne", "Fine"]),
        ("e\u0301cole école", "école", ["e\u0301cole", "école"]),
        ("零\u200b宽", "零宽", ["零\u200b宽"]),
        ("第①项", "第1项", ["第①项"]),
        ("电梯间", "电梯 梯间", ["电梯间"]),
        ("电梯电梯", "电梯", ["电梯", "电梯"]),
        ("a b  c", '"b c"', ["b  c"]),
        ("换发新证LSZ-\n2026-0290,旧证", "LSZ-2026-0290", ["LSZ-\n2026-0290"]),
        ("换发新证LSZ-\r\n  2026-0290,旧证", "lsz20260290", ["LSZ-\r\n  2026-0290"]),
        ("租住3-\n1201", "3栋1201室", ["3-\n1201"]),
        ("没有", "电梯", []),
        ("", "电梯", []),
    ],
)
def test_marks_are_stretches_of_the_written_text(text: str, query: str, stretches: list[str]) -> None:
    assert marked(text, query) == stretches


def test_marks_come_in_order_and_never_overlap() -> None:
    text = "业主电梯业主大会电梯"
    marks = find_marks(text, needles(parse("电梯 业主大会 业主 大会")))
    assert marks == ((0, 2), (2, 4), (4, 8), (8, 10))


@given(st.text(alphabet="业主電a \n\u3000\tA１２-－·•ﬁ①e\u0301\u200b\x1f", max_size=40))
def test_the_mapped_form_is_the_normal_form_and_points_back(text: str) -> None:
    mapped = normalise_mapped(text)
    assert mapped.text == normalise(text)
    assert len(mapped.text) == len(mapped.starts) == len(mapped.ends)
    assert list(mapped.starts) == sorted(mapped.starts)
    for char, start, end in zip(mapped.text, mapped.starts, mapped.ends, strict=True):
        assert 0 <= start < end <= len(text)
        assert char in normalise(text[start:end]) or char == " "


@given(st.text(alphabet="业主電a \nA１-·ﬁe\u0301\u200b\x00", max_size=40))
def test_the_normal_form_is_stable(text: str) -> None:
    assert normalise(normalise(text)) == normalise(text)


def test_a_snippet_shows_the_thickest_place() -> None:
    dice = random.Random(1)
    filler = "".join(chr(dice.randrange(0x5000, 0x5100)) for _ in range(500))
    text = f"电梯{filler}电梯坏了电梯修好电梯{filler}"
    pieces = snippet(text, find_marks(text, (Needle("电梯"),)))
    assert [piece for piece, mark in pieces if mark] == ["电梯"] * 3
    assert pieces[0] == ("…", False) == pieces[-1]
    assert len("".join(piece for piece, _ in pieces)) <= 122


def test_a_snippet_of_a_short_text_is_all_of_it() -> None:
    assert snippet("第一行\n第二行电梯", ((7, 9),)) == (("第一行 第二行", False), ("电梯", True))
    assert snippet("", ()) == ()
