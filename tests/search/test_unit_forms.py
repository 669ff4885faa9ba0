"""A flat is found under every name that people give it: on the page, in the viewer, without the index too."""

import json

import pytest

from archive_service import search
from archive_service.kernel.actor import Actor
from archive_service.search import SearchRequest
from tests.support.house import House
from tests.support.pages import Desk
from tests.support.papers import indexed, is_scanned, pictured_page

FORMS = ("3-1201", "3栋1201", "3栋1201室", "3号楼1201室", "3幢1201", "３－１２０１")


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


def titles(house: House, actor: Actor, query: str) -> set[str]:
    return {hit.document.title for hit in search.find(house.archive, actor, SearchRequest(query)).hits}


@pytest.mark.parametrize("with_index", [True, False], ids=["index", "descriptions"])
def test_each_form_finds_all_the_others(house: House, chen: Actor, with_index: bool) -> None:
    written = FORMS if with_index else FORMS[:-1]  # the database itself knows no full-width digits
    papers = [house.paper(chen, title=f"{form}收楼单", class_code="YZ.01", pages=["一"]) for form in written]
    others = ("13-1201", "3-12011", "3-2-1202", "3栋1202室", "13栋1201", "5-0803")
    papers += [house.paper(chen, title=f"{form} 收楼单", class_code="YZ.01", pages=["一"]) for form in others]
    if with_index:
        indexed(house, *papers)
    else:
        (house.archive.settings.index_dir / "CURRENT").unlink(missing_ok=True)
    for form in FORMS:
        assert titles(house, chen, form) == {f"{form}收楼单" for form in written}, form
    assert titles(house, chen, "3栋2单元1202室") == {"3-2-1202 收楼单"}
    if with_index:
        assert titles(house, chen, "收楼单 -3-1201") == {f"{form} 收楼单" for form in others}


@pytest.mark.parametrize("with_index", [True, False], ids=["index", "descriptions"])
def test_without_its_entrance_a_flat_is_found_behind_any_and_with_it_only_there(
    house: House, chen: Actor, with_index: bool
) -> None:
    units = ("3栋2单元1201室", "3-1-1201", "3栋1201", "13-2-1201")
    papers = [house.paper(chen, title=unit, unit=unit, class_code="YZ.01", pages=["一"]) for unit in units]
    if with_index:
        indexed(house, *papers)
    else:
        (house.archive.settings.index_dir / "CURRENT").unlink(missing_ok=True)
    for typed in ("3-1201", "3栋1201", "3号楼1201室", "房号:3-1201", 'unit:"3幢1201"'):
        assert titles(house, chen, typed) == set(units[:3]), typed
    for typed in ("3-2-1201", "3栋2单元1201", "房号:3号楼2单元1201室"):
        assert titles(house, chen, typed) == {units[0]}, typed
    assert titles(house, chen, "3-3-1201") == set()
    (hint,) = search.find(house.archive, chen, SearchRequest("3-3-1201")).hints
    assert (hint.code, hint.query) == ("entrance", "3-1201")


def test_the_viewer_frames_the_form_that_stands_on_the_page(house: House, chen: Actor) -> None:
    paper = house.paper(chen, title="收楼验收单", class_code="YZ.01")
    is_scanned(house, paper, [pictured_page(house, 1, "封面"), pictured_page(house, 2, "房号3号楼1201室")])
    indexed(house, paper)
    desk = Desk(house.archive)
    client = desk.sits(chen)
    assert f"/documents/{paper}?page=2&amp;q=3-1201" in client.get("/search?q=3-1201").text
    told = json.loads(client.get(f"/documents/{paper}/versions/1/viewer.json?q=3-1201").text)
    assert (told["page"], told["hits"]) == (2, [2])
    page = told["pages"][1]
    assert [page["text"][start:end] for start, end in page["marks"]] == ["3号楼1201室"]
    assert len(page["frames"]) == 1


def test_an_index_of_the_format_before_is_built_anew(house: House, chen: Actor) -> None:
    indexed(house, house.paper(chen, title="收楼单", class_code="YZ.01", pages=["3栋1201室"]))
    current = house.archive.settings.index_dir / "CURRENT"
    said = json.loads(current.read_text())
    current.write_text(json.dumps(said | {"format": said["format"] - 1}))
    assert not search.index_status(house.archive).healthy
    assert search.reconcile(house.archive).rebuilt
    assert titles(house, chen, "3-1201") == {"收楼单"}
