"""What a class does to a level, and what one person alone can't undo."""

import pytest

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records import ClassIsKept, Description, DocumentRow, LevelTooLow
from archive_service.records.rules import described_level
from tests.records.test_describing import filled_in
from tests.support.house import House
from tests.support.pages import Desk, elements, text_of


def describes(
    house: House, who: Actor, paper: DocumentId, class_code: str = "", level: Level | None = None
) -> DocumentRow:
    told = Description(title="收楼", class_code=class_code, level=level)
    with house.work(who) as work:
        return records.describe(work, paper, told, revision=house.document(paper).revision)


def test_a_paper_with_a_class_keeps_one(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="KU.01", pages=["13812340000"])
    with pytest.raises(ClassIsKept):
        describes(house, chen, paper)
    with pytest.raises(ClassIsKept):
        describes(house, chen, paper, level=Level.PUBLIC)
    answer = desk.sits(chen).post(
        f"/documents/{paper}/description", data=filled_in(desk, paper, class_code="")
    )
    assert answer.status_code == 409
    assert "已归类的文件必须有类别" in text_of(answer.text)
    assert desk.client.post(f"/documents/{paper}/discard").status_code == 409
    row = house.document(paper)
    assert (row.class_code, row.level, row.revision) == ("KU.01", Level.CONFIDENTIAL, 1)


def test_a_paper_nobody_chose_a_level_for_takes_its_classs(house: House, chen: Actor) -> None:
    paper = house.paper(chen)
    assert house.document(paper).level is Level.PERSONAL
    assert describes(house, chen, paper, "WS.02").level is Level.PUBLIC


def test_a_chosen_level_outlives_filing(house: House, chen: Actor) -> None:
    at_upload = house.paper(chen, level=Level.SENSITIVE)
    later = house.paper(chen)
    describes(house, chen, later, level=Level.CONFIDENTIAL)
    assert describes(house, chen, at_upload, "WS.02").level is Level.SENSITIVE
    assert describes(house, chen, later, "WS.02").level is Level.CONFIDENTIAL
    with pytest.raises(LevelTooLow):
        describes(house, chen, later, "WS.02", Level.PUBLIC)


def test_a_level_chosen_below_the_classs_rises_to_it(house: House, chen: Actor) -> None:
    assert describes(house, chen, house.paper(chen, level=Level.PUBLIC), "KU.01").level is Level.CONFIDENTIAL


def test_a_level_is_not_lowered_before_there_is_a_class_either(house: House, chen: Actor) -> None:
    paper = house.paper(chen)
    with pytest.raises(LevelTooLow):
        describes(house, chen, paper, level=Level.PUBLIC)
    assert house.document(paper).level is Level.PERSONAL


def test_another_class_never_lowers_a_level(house: House, chen: Actor) -> None:
    paper = house.paper(chen, class_code="KU.01")
    assert describes(house, chen, paper, "WS.02").level is Level.CONFIDENTIAL
    open_paper = house.paper(chen, class_code="WS.02")
    assert describes(house, chen, open_paper, "KU.01").level is Level.CONFIDENTIAL


@pytest.mark.parametrize("old", Level)
@pytest.mark.parametrize("asked", [None, *Level])
@pytest.mark.parametrize("of_class", [None, *Level])
@pytest.mark.parametrize("chosen", [False, True])
@pytest.mark.parametrize("classed", [False, True])
def test_every_level_by_every_wish(
    old: Level, asked: Level | None, of_class: Level | None, chosen: bool, classed: bool
) -> None:
    """Never below the class; below what it was only where nobody had chosen and a first class says so."""
    first_class = of_class is not None and not classed and not chosen
    try:
        level = described_level(old, of_class, asked, chosen=chosen, classed=classed)
    except LevelTooLow:
        assert asked is not None
        assert asked.rank < max((of_class or old).rank, 0 if first_class else old.rank)
        return
    assert of_class is None or level.rank >= of_class.rank
    assert first_class or level.rank >= old.rank
    assert asked is None or level is asked or asked is old


def test_the_form_shows_the_present_level(house: House, chen: Actor, desk: Desk) -> None:
    by_default, chosen = house.paper(chen), house.paper(chen, level=Level.SENSITIVE)
    page = desk.sits(chen).get(f"/documents/{by_default}").text
    assert "按类别规定（现为个人信息）" in text_of(page)
    assert filled_in(desk, by_default)["level"] == ""
    assert filled_in(desk, chosen)["level"] == "SENSITIVE"
    # Filing without a look at the level: the chosen one stays, the other one is the class's.
    for paper in (by_default, chosen):
        form = filled_in(desk, paper, class_code="WS.02")
        assert desk.client.post(f"/documents/{paper}/description", data=form).status_code == 303
    assert [house.document(p).level for p in (by_default, chosen)] == [Level.PUBLIC, Level.SENSITIVE]
    form = filled_in(desk, chosen, class_code="KU.01")
    assert desk.client.post(f"/documents/{chosen}/description", data=form).status_code == 303
    assert house.document(chosen).level is Level.SENSITIVE


def test_the_form_offers_a_paper_with_a_class_no_way_to_have_none(
    house: House, chen: Actor, desk: Desk
) -> None:
    paper = house.paper(chen, class_code="KU.01")
    page = desk.sits(chen).get(f"/documents/{paper}").text
    select = ""
    offered = set()
    for tag, attrs in elements(page):
        select = (attrs.get("name") or "") if tag == "select" else select
        if tag == "option" and select == "class_code":
            offered.add(attrs.get("value"))
    assert "KU.01" in offered
    assert "" not in offered


def test_a_form_that_comes_back_chooses_nothing_of_its_own(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen)
    desk.sits(chen)
    early = filled_in(desk, paper, title="收楼单")
    describes(house, chen, paper, "YZ.01", Level.SENSITIVE)
    answer = desk.client.post(f"/documents/{paper}/description", data=early)
    assert answer.status_code == 409
    again = filled_in(desk, paper, answer.text)
    assert (again["title"], again["class_code"], again["level"]) == ("收楼单", "YZ.01", "SENSITIVE")
    for wrong in ("", "YZ"):
        answer = desk.client.post(f"/documents/{paper}/description", data=again | {"class_code": wrong})
        assert filled_in(desk, paper, answer.text)["class_code"] == "YZ.01"


def test_others_papers_without_a_class_are_described_by_those_who_file_everything(
    house: House, chen: Actor, lin: Actor, desk: Desk
) -> None:
    zhao = house.person("赵", "cashier")
    paper = house.paper(lin, level=Level.INTERNAL)
    assert "修改著录信息" not in text_of(desk.sits(zhao).get(f"/documents/{paper}").text)
    with pytest.raises(Forbidden):
        describes(house, zhao, paper, "KU.01")
    with pytest.raises(Forbidden), house.work(zhao) as work:
        records.discard(work, paper)
    own = house.paper(zhao, level=Level.INTERNAL)
    assert describes(house, zhao, own, "KU.01").class_code == "KU.01"
    assert describes(house, chen, paper, "WS.01").class_code == "WS.01"


def test_nobody_moves_papers_into_or_out_of_classes_that_are_not_theirs(house: House, chen: Actor) -> None:
    zhao = house.person("赵", "cashier")
    fee = house.paper(chen, class_code="KU.01")
    with pytest.raises(Forbidden):
        describes(house, zhao, fee, "WS.02")
    own = house.paper(zhao, level=Level.INTERNAL)
    describes(house, chen, own, "WS.01")
    with pytest.raises(Forbidden):
        describes(house, zhao, own, "KU.01")
    assert [house.document(p).class_code for p in (fee, own)] == ["KU.01", "WS.01"]


def test_who_brought_a_paper_in_does_not_see_it_any_more_once_it_is_raised(
    house: House, chen: Actor, lin: Actor, desk: Desk
) -> None:
    sun = house.person("孙", "finance")
    for who, title in ((lin, "前台的"), (sun, "财务的")):
        paper = house.paper(who, title=title, pages=["密封胶"])
        assert desk.sits(who).get(f"/documents/{paper}").status_code == 200
        describes(house, chen, paper, level=Level.SENSITIVE)
        client = desk.sits(who)
        assert client.get(f"/documents/{paper}").status_code == 404
        assert client.get(f"/documents/{paper}/versions/1/pages/1/text").status_code == 404
        with house.archive.reading() as session:
            assert records.documents(session, who) == []
    assert desk.sits(chen).get(f"/documents/{paper}").status_code == 200
