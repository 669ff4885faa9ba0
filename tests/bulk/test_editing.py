"""The same change of many papers: looked at beforehand, done with a reason, and never over somebody else's."""

from collections.abc import Callable, Sequence
from typing import Any

import pytest
from sqlalchemy import update

from archive_service import people, premises, records
from archive_service.bulk.models import BulkEditItem
from archive_service.bulk.queries.edits import EditView, edit_lines, edit_view
from archive_service.bulk.rules import (
    EditId,
    EditState,
    ItemState,
    NoSuchOpenFile,
    NothingChosen,
    NothingToSet,
    TooManyChosen,
    WrongStep,
)
from archive_service.bulk.rules.editing import Changes
from archive_service.bulk.rules.selection import Origin, Selection, asked_for, ticked
from archive_service.bulk.service import editing
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Busy, Forbidden, NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records import Dept, FileFacts, NeedsReason, Place
from tests.records.test_filing import FACTS, file_it, notice
from tests.support.house import House


@pytest.fixture
def desk_work(house: House, chen: Actor) -> Callable[..., EditView]:
    """``desk_work(changes, papers, reason)``: from choosing to the end."""

    def edited(changes: Changes, papers: Sequence[DocumentId], reason: str = "移交时统一著录") -> EditView:
        view = looked_at(house, chen, changes, papers)
        with house.work(chen) as work:
            editing.apply(work, view.id, reason=reason)
        assert editing.run(house.archive, view.id)
        return seen(house, chen, view.id)

    return edited


def looked_at(house: House, chen: Actor, changes: Changes, papers: Sequence[DocumentId]) -> EditView:
    edit_id = editing.choose(house.archive, chen, ticked([str(one) for one in papers]))
    return editing.preview(house.archive, chen, edit_id, changes)


def seen(house: House, chen: Actor, edit_id: EditId) -> EditView:
    with house.archive.reading() as session:
        return edit_view(session, chen, edit_id)


def lines(house: House, view: EditView) -> dict[DocumentId, tuple[str, dict[str, tuple[str, str]], str]]:
    with house.archive.reading() as session:
        found = edit_lines(session, view.id, limit=1000)
    return {line.document_id: (line.state.value, dict(line.fields), line.trouble) for line in found}


def test_a_preview_shows_old_and_new_and_keeps_nothing(house: House, chen: Actor) -> None:
    one, two = house.paper(title="甲"), house.paper(title="乙", class_code="WS.02", unit="3-1201")
    view = looked_at(house, chen, Changes(class_code="WS.03", unit="3-1201"), [one, two])
    assert (view.state, view.count(ItemState.READY)) == (EditState.PREVIEWED, 2)
    found = lines(house, view)
    assert found[one][1] == {
        "class_code": ("", "WS.03"), "unit": ("", "3-1201"), "level": ("PERSONAL", str(house.document(two).level)),
    } or found[one][1]["class_code"] == ("", "WS.03")  # fmt: skip
    assert found[two][1]["class_code"] == ("WS.02", "WS.03") and "unit" not in found[two][1]
    assert house.document(one).class_code == "" and house.document(one).revision == 1
    with house.archive.reading() as session:
        assert records.corrections(session, one) == []


def test_every_paper_is_changed_and_says_why(house: House, desk_work: Callable[..., EditView]) -> None:
    papers = [house.paper(title=f"收据{n}", class_code="WS.02") for n in range(3)]
    view = desk_work(Changes(owner="张建国", doc_date="2026-03"), papers)
    assert (view.state, view.count(ItemState.DONE)) == (EditState.DONE, 3)
    assert {house.document(one).owner for one in papers} == {"张建国"}
    with house.archive.reading() as session:
        kept = records.corrections(session, papers[0])[0]
    assert kept.before == {"owner": "", "doc_date": ""} and kept.reason == "移交时统一著录"


def test_what_cant_be_changed_says_why_and_the_rest_goes_on(
    house: House, chen: Actor, desk_work: Callable[..., EditView]
) -> None:
    high = house.paper(class_code="WS.02", level=Level.SENSITIVE)
    low, same = house.paper(class_code="WS.02"), house.paper(class_code="WS.02", level=Level.CONFIDENTIAL)
    view = desk_work(Changes(level=Level.CONFIDENTIAL), [high, low, same])
    found = lines(house, view)
    assert found[high][0] == "cannot" and found[high][2] == "document.level-too-low"
    assert found[same][0] == "same" and found[low][0] == "done"
    assert house.document(high).level is Level.SENSITIVE and house.document(low).level is Level.CONFIDENTIAL


def test_what_somebody_changed_meanwhile_is_told_and_stays(house: House, chen: Actor) -> None:
    mine, theirs = house.paper(class_code="WS.02"), house.paper(class_code="WS.02")
    view = looked_at(house, chen, Changes(owner="张建国"), [mine, theirs])
    lin = house.person("李", "archivist")
    with house.work(lin) as work:
        told = records.Description(title="t", class_code="WS.02", owner="李四")
        records.describe(work, theirs, told, revision=1)
    with house.work(chen) as work:
        editing.apply(work, view.id, reason="统一")
    editing.run(house.archive, view.id)
    found = lines(house, seen(house, chen, view.id))
    assert found[mine][0] == "done" and found[theirs][0] == "stale"
    assert house.document(theirs).owner == "李四"


def test_stopped_in_the_middle_it_goes_on(house: House, chen: Actor) -> None:
    papers = [house.paper(class_code="WS.02") for _ in range(4)]
    view = looked_at(house, chen, Changes(owner="张建国"), papers)
    with house.work(chen) as work:
        editing.apply(work, view.id, reason="统一")
    left = iter([False, False, True])
    assert not editing.run(house.archive, view.id, lambda: next(left))
    assert seen(house, chen, view.id).handled == 2
    assert editing.run(house.archive, view.id)
    assert [house.document(one).revision for one in papers] == [2] * 4


def test_filed_papers_are_corrected_with_the_reason_and_keep_their_class(
    house: House, chen: Actor, desk_work: Callable[..., EditView]
) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    paper = notice(house)
    file_it(house, chen, paper, FACTS, Place(dept=Dept.KF))
    other = looked_at(house, chen, Changes(class_code="WS.03"), [paper])
    assert lines(house, other)[paper][2] == "filing.stays"
    view = desk_work(Changes(owner="张建国", keywords=("停水",), responsible=("工程部",)), [paper])
    assert lines(house, view)[paper][0] == "done", lines(house, view)
    with house.archive.reading() as session:
        filed = records.filing(session, paper)
        reasons = {c.reason for c in records.corrections(session, paper)[:2]}
    assert filed is not None and filed.facts.keywords == ("停水",) and filed.facts.responsible == ("工程部",)
    assert reasons == {"移交时统一著录"}


def test_keywords_are_added_and_wait_for_the_filing(house: House, desk_work: Callable[..., EditView]) -> None:
    paper = house.paper(class_code="WS.02")
    desk_work(Changes(keywords=("停水",)), [paper])
    desk_work(Changes(keywords=("通知", "停水")), [paper])
    with house.archive.reading() as session:
        assert records.prepared(session, [paper])[paper].keywords == ("停水", "通知")


def test_papers_are_put_into_an_open_case_file_in_any_spelling(
    house: House, chen: Actor, desk_work: Callable[..., EditView]
) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    with house.work(chen) as work:
        file = records.open_case_file(work, "ZX.01", FileFacts(title="3-1201装修"))
    paper = house.paper(class_code="ZX.01")
    desk_work(Changes(file_no=file.file_no.replace("·", ".").lower()), [paper])
    assert house.document(paper).file_no == file.file_no
    with pytest.raises(NoSuchOpenFile):
        looked_at(house, chen, Changes(file_no="WY01-ZX·01·2026-0999"), [paper])


def test_a_preview_that_breaks_off_leaves_nothing_to_do(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(editing, "TRIED_AT_ONCE", 2)
    papers = [house.paper(class_code="WS.02") for _ in range(5)]
    view = looked_at(house, chen, Changes(owner="张建国"), papers)
    tried, whole = editing._try, iter([True, False])

    def busy(*asked: Any) -> dict[int, dict[str, object]]:
        if not next(whole):
            raise Busy()
        return tried(*asked)

    monkeypatch.setattr(editing, "_try", busy)
    with pytest.raises(Busy):
        editing.preview(house.archive, chen, view.id, Changes(unit="3-1201"))
    left = seen(house, chen, view.id)
    assert (left.state, left.count(ItemState.READY), left.count(ItemState.CHOSEN)) == (EditState.CHOSEN, 2, 3)
    assert all("owner" not in fields for _, fields, _ in lines(house, left).values())
    with pytest.raises(WrongStep), house.work(chen) as work:
        editing.apply(work, view.id, reason="统一")
    monkeypatch.setattr(editing, "_try", tried)
    again = editing.preview(house.archive, chen, view.id, Changes(unit="3-1201"))
    assert (again.state, again.count(ItemState.READY)) == (EditState.PREVIEWED, 5)


def test_of_two_previews_at_once_the_later_holds(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    papers = [house.paper(class_code="WS.02") for _ in range(2)]
    edit_id = editing.choose(house.archive, chen, ticked([str(one) for one in papers]))
    tried = editing._try

    def overtaken(*asked: Any) -> dict[int, dict[str, object]]:
        monkeypatch.setattr(editing, "_try", tried)
        editing.preview(house.archive, chen, edit_id, Changes(unit="3-1201"))
        return tried(*asked)

    monkeypatch.setattr(editing, "_try", overtaken)
    with pytest.raises(WrongStep):
        editing.preview(house.archive, chen, edit_id, Changes(owner="张建国"))
    found = seen(house, chen, edit_id)
    assert (found.state, found.changes) == (EditState.PREVIEWED, Changes(unit="3-1201"))
    assert all(set(fields) == {"unit"} for _, fields, _ in lines(house, found).values())


def test_what_would_become_otherwise_than_was_shown_stays(house: House, chen: Actor) -> None:
    paper = house.paper(class_code="WS.02")
    view = looked_at(house, chen, Changes(class_code="WS.03"), [paper])
    with house.work() as work:
        work.session.execute(update(BulkEditItem).values(fields={"class_code": ["WS.02", "WS.04"]}))
    with house.work(chen) as work:
        editing.apply(work, view.id, reason="统一")
    editing.run(house.archive, view.id)
    assert lines(house, view)[paper][0] == "stale" and house.document(paper).class_code == "WS.02"


def test_a_reason_is_asked_for_and_each_step_once(house: House, chen: Actor) -> None:
    paper = house.paper(class_code="WS.02")
    view = looked_at(house, chen, Changes(owner="张"), [paper])
    with pytest.raises(NeedsReason), house.work(chen) as work:
        editing.apply(work, view.id, reason=" ")
    with house.work(chen) as work:
        editing.apply(work, view.id, reason="统一")
    with pytest.raises(WrongStep), house.work(chen) as work:
        editing.apply(work, view.id, reason="统一")
    with pytest.raises(WrongStep):
        editing.preview(house.archive, chen, view.id, Changes(owner="李"))


def test_nothing_chosen_nothing_set_too_much_chosen(
    house: House, chen: Actor, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(NothingChosen):
        ticked(["nonsense"])
    paper = house.paper(class_code="WS.02")
    edit_id = editing.choose(house.archive, chen, ticked([str(paper)]))
    with pytest.raises(NothingToSet):
        editing.preview(house.archive, chen, edit_id, Changes())
    house.paper(class_code="WS.02")
    monkeypatch.setattr(editing, "MOST_EDITED", 1)
    with pytest.raises(TooManyChosen):
        editing.choose(house.archive, chen, asked_for("class", {"code": ["WS"]}))


def test_who_describes_nothing_edits_nothing_and_others_edits_are_not_there(
    house: House, chen: Actor
) -> None:
    paper = house.paper(class_code="WS.02")
    for role in ("front_desk", "sc_manager", "auditor", "it_admin"):
        with pytest.raises(Forbidden):
            editing.choose(house.archive, house.person(role, role), ticked([str(paper)]))
    view = looked_at(house, chen, Changes(owner="张"), [paper])
    with pytest.raises(NotFound), house.work(house.person("李", "archivist")) as work:
        editing.apply(work, view.id, reason="统一")


def test_hidden_papers_are_never_among_the_chosen(house: House) -> None:
    hidden = house.paper(class_code="YZ.02", level=Level.SENSITIVE)
    wu = house.person("吴", "engineering")
    with pytest.raises(NothingChosen):
        editing.choose(house.archive, wu, ticked([str(hidden)]))


def test_whoever_lost_the_right_meanwhile_changes_nothing(house: House, chen: Actor) -> None:
    assert chen.user_id is not None
    paper = house.paper(class_code="WS.02")
    view = looked_at(house, chen, Changes(owner="张"), [paper])
    with house.work(chen) as work:
        editing.apply(work, view.id, reason="统一")
    with house.work() as work:
        people.disable(work, chen.user_id)
    editing.run(house.archive, view.id)
    assert house.document(paper).owner == ""
    assert lines(house, view)[paper] == ("failed", {"owner": ("", "张")}, "bulk.bringer-gone")


@pytest.mark.parametrize(
    "selection",
    [
        asked_for("class", {"code": ["WS"], "page": ["2"]}),
        asked_for("inbox", {"show": ["unclassified"]}),
        Selection(Origin.SEARCH, {"q": ("停水",)}),
    ],
)
def test_all_that_a_list_shows(house: House, chen: Actor, selection: Selection) -> None:
    classed, loose = house.paper(title="停水通知", class_code="WS.02"), house.paper(title="停水照片")
    edit_id = editing.choose(house.archive, chen, selection)
    with house.archive.reading() as session:
        found = {line.document_id for line in edit_lines(session, edit_id)}
    expected = {Origin.CLASS: {classed}, Origin.INBOX: {loose}, Origin.SEARCH: {classed, loose}}
    assert found == expected[selection.origin]
