"""Every small picture that a list or a result shows is there for the person who looks."""

from dataclasses import replace

import pytest

from archive_service.kernel.actor import Actor
from tests.support.counting import counted
from tests.support.house import House, page_facts
from tests.support.pages import Desk, elements
from tests.support.papers import indexed, is_scanned, pictured_page


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def lin(house: House) -> Actor:
    """Front desk: sees personal papers only with their numbers covered."""
    return house.person("林", "front_desk")


def four_papers(house: House, chen: Actor) -> None:
    plain, covered, unsure, words = (
        house.paper(chen, title=f"收楼验收单{n}", class_code="YZ.01", unit=f"{n}-1201") for n in range(1, 5)
    )
    is_scanned(
        house, plain, [pictured_page(house, 1, "密封胶"), pictured_page(house, 2, "地漏", covered=True)]
    )
    is_scanned(house, covered, [pictured_page(house, 1, "密封胶", covered=True)])
    # Nobody could find out what would have to be covered here.
    is_scanned(house, unsure, [replace(pictured_page(house, 1, "密封胶"), masked_preview=None)])
    is_scanned(house, words, [page_facts(1, "密封胶")])
    indexed(house, plain, covered, unsure, words)


def pictures(desk: Desk, actor: Actor, address: str) -> list[str]:
    client = desk.sits(actor)
    sources = [str(attrs["src"]) for tag, attrs in elements(client.get(address).text) if tag == "img"]
    for source in sources:
        with client.get(source) as answer:
            assert answer.status_code == 200, source
            assert answer.content_type.startswith("image/"), source
    return [source for source in sources if source.startswith("/documents/")]


@pytest.mark.parametrize("address", ["/search?q=密封胶", "/files/YZ.01", "/documents"])
def test_every_picture_can_be_loaded_by_who_sees_papers_covered(
    house: House, chen: Actor, lin: Actor, address: str
) -> None:
    four_papers(house, chen)
    desk = Desk(house.archive)
    assert len(pictures(desk, chen, address)) == 3
    assert len(pictures(desk, lin, address)) == 2


def test_a_later_page_that_was_hit_is_shown_covered(house: House, chen: Actor, lin: Actor) -> None:
    four_papers(house, chen)
    (source,) = pictures(Desk(house.archive), lin, "/search?q=地漏")
    assert source.endswith("/pages/2/thumb")


def test_pictures_stay_while_the_index_is_away(house: House, chen: Actor, lin: Actor) -> None:
    four_papers(house, chen)
    (house.archive.settings.index_dir / "CURRENT").unlink()
    assert len(pictures(Desk(house.archive), chen, "/search?q=收楼")) == 3
    assert len(pictures(Desk(house.archive), lin, "/search?q=收楼")) == 2


def test_ones_own_paper_shows_its_picture_until_it_has_a_class(house: House, lin: Actor) -> None:
    paper = house.paper(lin, title="刚扫的")
    is_scanned(house, paper, [replace(pictured_page(house, 1, "密封胶"), masked_preview=None)])
    assert len(pictures(Desk(house.archive), lin, "/documents")) == 1


def test_rights_to_pictures_cost_no_statement_a_row(house: House, chen: Actor, lin: Actor) -> None:
    four_papers(house, chen)
    desk = Desk(house.archive)
    client = desk.sits(lin)
    client.get("/search?q=密封胶")

    def statements(address: str) -> int:
        with counted(house.archive.sessions.engine) as seen:
            client.get(address)
        return seen.count

    few = [statements(address) for address in ("/search?q=密封胶", "/documents")]
    four_papers(house, chen)
    client.get("/search?q=密封胶")
    assert [statements(address) for address in ("/search?q=密封胶", "/documents")] == few
