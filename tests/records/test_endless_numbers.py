"""Numbers in requests may be as long as their sender likes."""

import pytest

from archive_service.kernel.actor import Actor
from tests.support.house import House
from tests.support.pages import Desk

ENDLESS = "9" * 5_000  # more digits than Python makes a number of


@pytest.mark.parametrize(
    "where",
    [
        "/documents?page={}",
        "/files/YZ?page={}",
        "/documents/{paper}?page={}",
        "/documents/{paper}/versions/{}",
        "/documents/{paper}/versions/1/viewer.json?page={}",
        "/inbox?page={}",
        "/search?q=%E6%94%B6&page={}",
    ],
)
@pytest.mark.parametrize("number", [ENDLESS, "٣" * 3, "²", "-1", "0" * 5_000])
def test_a_page_is_shown_or_there_is_none(
    house: House, chen: Actor, desk: Desk, where: str, number: str
) -> None:
    paper = house.paper(chen, pages=["一", "二"])
    answer = desk.sits(chen).get(where.replace("{paper}", str(paper)).replace("{}", number))
    assert answer.status_code in (200, 404)


def test_leading_zeros_say_nothing(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, pages=["一", "二"])
    where = f"/documents/{paper}/versions/1/viewer.json?page="
    for told, shown in (("2", 2), ("0" * 5_000 + "2", 2), ("3", 1), (ENDLESS, 1)):
        answer = desk.sits(chen).get(where + told).json
        assert answer is not None and answer["page"] == shown


def test_a_description_for_a_revision_of_endless_digits_is_stale(
    house: House, chen: Actor, desk: Desk
) -> None:
    paper = house.paper(chen)
    sent = {"title": "新", "revision": ENDLESS}
    assert desk.sits(chen).post(f"/documents/{paper}/description", data=sent).status_code == 409
    assert house.document(paper).title != "新"
