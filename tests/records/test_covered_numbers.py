"""Numbers that come back with stars in them: what stood under the stars is put back, or asked for."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.masking import mask
from archive_service.records import CoveredNumber, Description
from archive_service.records.rules import uncovered
from tests.records.test_describing import filled_in
from tests.support.house import House
from tests.support.pages import Desk, text_of

TWO = "甲 13812340000，乙 13856780000"


@pytest.mark.parametrize(
    ("stored", "sent", "kept"),
    [
        ("联系13812340000", "联系138****0000", "联系13812340000"),
        ("联系13812340000", "请联系 138****0000（晚上）", "请联系 13812340000（晚上）"),
        ("联系13812340000", "联系 13900001111", "联系 13900001111"),
        ("证 110101199003070018", "身份证 110***********0018", "身份证 110101199003070018"),
        ("车 京A12388", "车牌 京A***88", "车牌 京A12388"),
        (TWO, "甲 138****0000，乙 138****0000", TWO),
        (TWO, "业主甲 138****0000，租户乙 138****0000", "业主甲 13812340000，租户乙 13856780000"),
        (TWO, "乙 138****0000", "乙 13856780000"),
        (TWO, "甲 138****0000", "甲 13812340000"),
        (TWO, "乙 138****0000，甲 138****0000", "乙 13856780000，甲 13812340000"),
        ("电话 138 1234 0000", "手机 138 **** 0000", "手机 138 1234 0000"),
        ("规格 5*10，备注**", "门 规格 5*10，备注**", "门 规格 5*10，备注**"),
        ("门", "门 5*10", "门 5*10"),
        ("", "", ""),
    ],
)
def test_what_stood_under_the_stars_is_put_back(stored: str, sent: str, kept: str) -> None:
    assert uncovered("title", sent, stored) == kept


@pytest.mark.parametrize(
    ("stored", "sent"),
    [
        ("", "138****0000"),
        ("13812340000", "138***0000"),
        ("13812340000", "138*****0000"),
        ("13812340000", "138*0000"),
        ("13812340000", "138****0000 或 138****0000"),
        ("13812340000", "110***********0018"),
        # What would uncover the digits to somebody who may see them covered only.
        ("13812340000", "1****0000"),
        ("13812340000", "****"),
        ("13812340000", "收据 92****7"),
    ],
)
def test_stars_over_nothing_known_are_refused(stored: str, sent: str) -> None:
    with pytest.raises(CoveredNumber):
        uncovered("title", sent, stored)


PIECES = st.lists(
    st.sampled_from(["13812340000", "139 0013 9000", "京A12388", "110101199003070018", "甲", "，", " ", "5*10", "3-1201"]),
    max_size=6,
).map("".join)  # fmt: skip


@given(stored=PIECES)
def test_what_comes_back_as_it_was_shown_is_what_it_was(stored: str) -> None:
    assert uncovered("title", mask(stored), stored) == stored


@given(stored=PIECES, sent=PIECES, cut=st.integers(0, 60), more=st.text("0123456789 甲*-", max_size=12))
def test_no_edit_brings_covered_digits_to_light(stored: str, sent: str, cut: int, more: str) -> None:
    for typed in (mask(stored)[cut:] + more, more + mask(stored)[:cut], sent + mask(stored)):
        try:
            kept = uncovered("title", typed, stored)
        except CoveredNumber:
            continue
        assert len(kept) == len(typed)
        for before, after, shown in zip(typed, kept, mask(kept), strict=True):
            assert before == after or shown == "*"


def test_the_form_puts_digits_back_and_asks_for_what_it_can_not_know(
    house: House, lin: Actor, desk: Desk
) -> None:
    paper = house.paper(lin, title="联系13812340000", class_code="YZ.01", pages=["一"])
    desk.sits(lin)
    form = filled_in(desk, paper, title="收楼，联系138****0000")
    assert desk.client.post(f"/documents/{paper}/description", data=form).status_code == 303
    assert house.document(paper).title == "收楼，联系13812340000"
    answer = desk.client.post(
        f"/documents/{paper}/description", data=filled_in(desk, paper, owner="139****1111")
    )
    assert answer.status_code == 422
    assert "请完整填写号码" in text_of(answer.text)
    assert house.document(paper).owner == ""


def test_texts_that_are_sent_back_do_not_count_as_changed(house: House, chen: Actor) -> None:
    paper = house.paper(chen, title="13812340000")
    with house.work(chen) as work:
        row = records.describe(work, paper, Description(title=mask("13812340000")), revision=1)
    assert (row.title, row.revision) == ("13812340000", 1)
