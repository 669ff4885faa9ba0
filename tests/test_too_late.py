"""Every form that says what the person saw, sent after somebody else was faster.

The forms are found in the templates and among the form classes, so that a new one must be thought about here before
the tests pass. Each comes back (409) with what was typed and what is stored, and, sent once more as it came back, it
counts on top of what is there now.
"""

import io
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, Final

import pytest
from flask.testing import FlaskClient

import archive_service
from archive_service import checklists, classification, premises, records
from archive_service.bootstrap import open_archive
from archive_service.checklists import OpenedRow
from archive_service.checklists.service.going_on import enter_stage, tell_facts
from archive_service.classification.rules import write_plan
from archive_service.classification.service import change_class
from archive_service.kernel.ids import DocumentId
from archive_service.premises.queries.parties import current_version, facts_of
from archive_service.premises.rules import units as unit_rules
from archive_service.premises.rules.parties import PartyFacts, PartyKind
from archive_service.premises.service.buildings import change_building
from archive_service.premises.service.parties import add_party, change_party
from archive_service.premises.service.seals import seal_of
from archive_service.premises.service.units import change_project
from archive_service.records import CaseFileRow, Description, FileFacts, Place
from archive_service.records.rules.numbers import Dept
from archive_service.settings import Settings
from archive_service.web import ServiceForm
from tests.checklists.centre import FACTS, Centre
from tests.premises.town import Town
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.pages import Desk, text_of

HERE: Final = Path(archive_service.__file__).parent
FORM: Final = re.compile(r"<form\b.*?</form>", re.S)
SEEN: Final = re.compile(r'name="(?:revision|seen)"')
ENDPOINT: Final = re.compile(r"<form[^>]*action=\"\{\{ url_for\('([a-z_.]+)'")
BASES: Final = frozenset({"ReasonForm"})
"""Form classes that stand on no page themselves."""
MINE: Final = "我正要写的话"
THEIRS: Final = "别人刚写的话"


class World:
    """One compound and its papers, on SQLite: what a page shows is no business of the database's."""

    def __init__(self, house: House) -> None:
        self.house, self.desk = house, Desk(house.archive)
        self.chen, self.lin = house.person("陈", "archivist"), house.person("林", "archivist")
        self.head = house.person("贺", "archive_head")
        self.town = Town(house, self.chen)
        self.centre = Centre(house, self.chen, self.town)
        self.rooms = 1300

    def unit(self) -> int:
        self.rooms += 1
        return self.town.unit("3栋", str(self.rooms))

    def unit_changes(self, unit_id: int) -> None:
        row = self.town.row(unit_id)
        facts, _ = premises.read_facts({**unit_rules.told(row.facts), "note": THEIRS})
        assert facts is not None
        with self.house.work(self.lin) as work:
            premises.change_unit(work, unit_id, facts, revision=row.revision, reason="核对")

    def project_changes(self) -> None:
        with self.house.work(self.lin) as work:
            row = premises.project(work.session, self.town.project)
            change_project(work, row.id, name_zh=THEIRS, name_en="Yunqi", closed=False, revision=row.revision)

    def building(self) -> int:
        self.rooms += 1
        return self.town.building(f"{self.rooms}栋")

    def building_changes(self, building_id: int) -> None:
        with self.house.work(self.lin) as work:
            change_building(
                work, building_id, name="77栋", phase=THEIRS, closed=False, revision=1, reason="核对"
            )

    def party(self) -> int:
        with self.house.work(self.lin) as work:
            facts = PartyFacts(PartyKind.PERSON, "李模拟", mobile="12000000045")
            return add_party(work, seal_of(self.house.archive), facts, reason="登记表")

    def party_changes(self, party_id: int) -> None:
        seal = seal_of(self.house.archive)
        with self.house.work(self.lin) as work:
            now = current_version(work.session, party_id)
            facts = replace(facts_of(now, seal), mobile="12000009999", mobile_2="12000007777")
            change_party(work, seal, party_id, facts, seen=now.number, reason="来电")

    def plan_changes(self, code: str) -> None:
        with self.house.work(self.head) as work:
            plan = classification.plan_in_force(work.session)
            assert plan is not None
            note = THEIRS + plan.number
            change_class(work, replace(plan.by_code[code], note=note), reason="补充", seen=plan.number)

    def previewed(self, page: FlaskClient) -> str:
        """The plan with a class renamed, as a file that the person has seen the changes of."""
        with self.house.archive.reading() as session:
            plan = classification.plan_in_force(session)
        assert plan is not None
        text = write_plan(plan).replace(f"zh: {plan.by_code['WS.05'].name_zh}", f"zh: {MINE}", 1)
        sent = {"file": (io.BytesIO(text.encode()), "plan.yaml")}
        return page.post("/file-plan/import", data=sent).text

    def notice(self, *, filed: bool) -> DocumentId:
        told = {"title": "停水通知", "class_code": "WS.02", "doc_date": "2026-03-08"}
        paper = self.house.paper(self.lin, pages=["停水通知"], **told)  # type: ignore[arg-type]  # texts all
        if filed:
            with self.house.work(self.chen) as work:
                records.file_document(work, paper, FACTS, Place(dept=Dept.KF), revision=1)
        return paper

    def described(self, paper: DocumentId) -> None:
        with self.house.work(self.lin) as work:
            row = records.document(work.session, work.actor, paper)
            told = Description(title=THEIRS, class_code=row.class_code, doc_date=row.doc_date)
            reason = "题名写错" if row.archival_no else ""
            records.describe(work, paper, told, revision=row.revision, reason=reason)

    def corrected(self, paper: DocumentId) -> None:
        with self.house.work(self.lin) as work:
            row = records.document(work.session, work.actor, paper)
            filed = records.filing(work.session, paper)
            assert filed is not None
            told = replace(filed.facts, summary=THEIRS)
            records.correct_filing(work, paper, told, revision=row.revision, reason="补记")

    def file(self) -> CaseFileRow:
        with self.house.work(self.chen) as work:
            return records.open_case_file(work, "ZX.01", FileFacts(title="装修"))

    def file_described(self, file: CaseFileRow) -> None:
        with self.house.work(self.lin) as work:
            records.describe_case_file(work, file.id, FileFacts(title=THEIRS), revision=file.revision)

    def promised(self, opened: OpenedRow, code: str) -> None:
        with self.house.work(self.lin) as work:
            day = self.house.clock.now().date().replace(day=28)
            checklists.promise(work, self.centre.item(opened, code).id, day=day, reason=THEIRS)


@dataclass(frozen=True, slots=True)
class Late:
    """``page``: where the form is found, with ``action`` if not its own address and, of several with the same one,
    the one that has the field ``holding``. ``typed``: what the person writes there. ``faster``: what somebody else does
    meanwhile. ``theirs``, ``mine``: what must be told of the two."""

    page: str
    typed: dict[str, str]
    faster: Callable[[], object]
    action: str = ""
    holding: str = ""
    theirs: str = THEIRS
    mine: str = MINE
    head: bool = False
    begins: Callable[[FlaskClient], str] | None = None
    more: dict[str, str] = field(default_factory=dict)  # what the form that came back still wants


def unit_edited(w: World) -> Late:
    unit = w.unit()
    typed = {"note": MINE, "floor": "13", "reason": "核对"}
    return Late(f"/premises/units/{unit}/edit", typed, lambda: w.unit_changes(unit))


def unit_closed(w: World) -> Late:
    unit = w.unit()
    address = f"/premises/units/{unit}"
    return Late(address, {"reason": MINE}, lambda: w.unit_changes(unit), f"{address}/closing")


def project_edited(w: World) -> Late:
    return Late(f"/premises/projects/{w.town.project}/edit", {"name_zh": MINE}, w.project_changes)


def building_edited(w: World) -> Late:
    building = w.building()
    typed = {"phase": MINE, "reason": "核对"}
    return Late(f"/premises/buildings/{building}/edit", typed, lambda: w.building_changes(building))


def party_edited(w: World) -> Late:
    party = w.party()
    typed = {"mobile": "12000001111", "reason": "来电"}
    address = f"/premises/parties/{party}/edit"
    return Late(address, typed, lambda: w.party_changes(party), theirs="9999", mine="12000001111")


def class_edited(w: World) -> Late:
    typed = {"note": MINE, "reason": "补充"}
    return Late("/file-plan/classes/WS.03/edit", typed, lambda: w.plan_changes("WS.03"), head=True)


def class_added(w: World) -> Late:
    typed = {"code": "WS.19", "name_zh": MINE, "name_en": "Mine", "kind": "permanent", "reason": "新设"}
    return Late("/file-plan/classes/new?under=WS", typed, lambda: w.plan_changes("WS.03"), head=True)


def class_closed(w: World) -> Late:
    address = "/file-plan/classes/WS.04"
    return Late(address, {"reason": MINE}, lambda: w.plan_changes("WS.04"), f"{address}/closing", head=True)


def plan_imported(w: World) -> Late:
    return Late(
        "/file-plan/import",
        {"reason": "改名"},
        lambda: w.plan_changes("WS.06"),
        head=True,
        begins=w.previewed,
    )


def described(w: World) -> Late:
    paper = w.notice(filed=False)
    address = f"/documents/{paper}"
    return Late(address, {"title": MINE}, lambda: w.described(paper), f"{address}/description")


def corrected(w: World) -> Late:
    paper = w.notice(filed=True)
    typed = {"summary": MINE, "reason": "补记"}
    return Late(f"/documents/{paper}/filing", typed, lambda: w.corrected(paper))


def moved(w: World) -> Late:
    paper = w.notice(filed=True)
    address = f"/documents/{paper}/place?class=WS.03"
    return Late(address, {"dept": "KF", "reason": MINE}, lambda: w.described(paper), address)


def withdrawn(w: World) -> Late:
    paper = w.notice(filed=True)
    address = f"/documents/{paper}"
    return Late(address, {"reason": MINE}, lambda: w.described(paper), f"{address}/withdrawal")


def cover_edited(w: World) -> Late:
    file = w.file()
    return Late(f"/case-files/{file.id}/edit", {"title": MINE}, lambda: w.file_described(file))


def file_closed(w: World) -> Late:
    file = w.file()
    address = f"/case-files/{file.id}"
    return Late(address, {"reason": MINE}, lambda: w.file_described(file), f"{address}/state")


def filed_at_the_desk(w: World) -> Late:
    paper = w.notice(filed=False)
    address = f"/inbox/desk/{paper}"
    typed = {"title": MINE, "responsible": "某公司", "dept": "KF", "pages": "1", "act": "file"}
    return Late(
        address, typed, lambda: w.described(paper), holding="class_was", action=f"{address}?queue=filing"
    )


def sent_back(w: World) -> Late:
    paper = w.notice(filed=False)
    address = f"/inbox/desk/{paper}"
    typed = {"reason": "bad_scan", "comment": MINE}
    return Late(address, typed, lambda: w.described(paper), f"{address}/back")


def linked(w: World) -> Late:
    opened = w.centre.renovation()
    paper = w.centre.filed("装修申请表", file=None, code="WS.02")
    number = w.house.document(paper).archival_no
    return on_item(w, opened, "papers", {"archival_no": number}, number, holding="archival_no")


def promise_noted(w: World) -> Late:
    opened = w.centre.renovation()
    day = w.house.clock.now().date().replace(day=27).isoformat()
    return on_item(w, opened, "promise", {"promised_for": day}, day)


def item_set_aside(w: World) -> Late:
    return on_item(w, w.centre.renovation(), "waiver", {"reason": MINE}, MINE)


def on_item(
    w: World, opened: OpenedRow, verb: str, typed: dict[str, str], mine: str, holding: str = ""
) -> Late:
    code = "CL-ZX-11"
    action = f"/checklists/items/{w.centre.item(opened, code).id}/{verb}"
    page = f"/checklists/{opened.id}"
    return Late(page, typed, lambda: w.promised(opened, code), action, mine=mine, holding=holding)


def stage_entered(w: World) -> Late:
    opened = w.centre.renovation()
    first, second, third = [stage.code for stage in opened.checklist.stages][:3]

    def faster() -> None:
        with w.house.work(w.lin) as work:
            enter_stage(work, opened.id, second, seen=first)
            enter_stage(work, opened.id, third, seen=second)

    address, names = f"/checklists/{opened.id}", opened.checklist.stage_name
    return Late(
        address,
        {"stage": second},
        faster,
        f"{address}/stage",
        theirs=names(third, "zh"),
        mine=names(second, "zh"),
    )


def facts_told(w: World) -> Late:
    opened = w.centre.renovation()
    fact = opened.checklist.facts[0]

    def faster() -> None:
        with w.house.work(w.lin) as work:
            tell_facts(work, opened.id, {fact.code: True})

    address = f"/checklists/{opened.id}"
    return Late(
        address, {f"fact:{fact.code}": "no"}, faster, f"{address}/facts", theirs="是", mine=fact.name("zh")
    )


FORMS: Final[dict[str, Callable[[World], Late]]] = {
    "UnitForm": unit_edited,
    "ProjectForm": project_edited,
    "BuildingForm": building_edited,
    "PartyForm": party_edited,
    "ClassForm": class_edited,
    "NewClassForm": class_added,
    "StepForm": class_closed,
    "ImportForm": plan_imported,
    "premises.closing": unit_closed,
    "classification.closing": class_closed,
    "records.describe": described,
    "records.filing": corrected,
    "records.place": moved,
    "records.withdraw": withdrawn,
    "records/edit_case_file.html": cover_edited,
    "records.move_case_file": file_closed,
    "intake/_desk.html": filed_at_the_desk,
    "intake.desk_back": sent_back,
    "checklists.link": linked,
    "checklists.promise": promise_noted,
    "checklists.set_aside": item_set_aside,
    "checklists.stage": stage_entered,
    "checklists.facts": facts_told,
}
"""By the address that a form of a template goes to, or the template; by the class of one that is written in Python."""


@pytest.fixture(scope="module")
def world(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    data = tmp_path_factory.mktemp("late") / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    clock = MovableClock()
    archive = open_archive(Settings(data_dir=data), clock)
    yield World(House(archive, clock))
    archive.close()


def written_in_templates() -> set[str]:
    found = set()
    for path in sorted(HERE.glob("*/templates/**/*.html")):
        for form in FORM.findall(path.read_text()):
            if SEEN.search(form):
                named = ENDPOINT.search(form)
                found.add(named[1] if named else "/".join(path.parts[-2:]))
    return found


def written_in_python(kind: type[Any] = ServiceForm) -> set[str]:
    found: set[str] = set()
    for one in kind.__subclasses__():
        if {"seen", "revision"} & set(dir(one)):
            found.add(one.__name__)
        found |= written_in_python(one)
    return found - BASES


def test_every_form_that_says_what_the_person_saw_has_been_thought_about(world: World) -> None:
    assert written_in_templates() | written_in_python() == set(FORMS)


@pytest.mark.parametrize("name", sorted(FORMS))
def test_who_is_too_late_is_shown_both_and_may_save_on_top(world: World, name: str) -> None:
    late = FORMS[name](world)
    page = world.desk.sits(world.head if late.head else world.chen)
    action = late.action or late.page.partition("?")[0]
    begun = late.begins(page) if late.begins else page.get(late.page).text
    told = {**one_form(begun, action, late.page, late.holding), **late.typed}
    late.faster()
    refused = page.post(action, data=told)
    assert refused.status_code == 409, text_of(refused.text)[-1500:]
    assert late.theirs in text_of(refused.text)
    assert late.mine in refused.text
    assert b"location.reload" not in refused.data
    again = one_form(refused.text, action, late.page, late.holding)
    if "act" in late.typed:
        again["act"] = late.typed["act"]
    again = {**again, **late.more}
    saved = page.post(action, data=again)
    assert saved.status_code == 303, text_of(saved.text)[-1500:]


def test_what_is_ticked_holds_and_nothing_that_others_wrote_is_lost(world: World) -> None:
    unit = world.unit()
    address = f"/premises/units/{unit}/edit"
    page = world.desk.sits(world.chen)
    told = {**one_form(page.get(address).text, address, address), "note": MINE, "reason": "核对"}
    facts, _ = premises.read_facts(
        {**unit_rules.told(world.town.row(unit).facts), "note": THEIRS, "floor": "9"}
    )
    assert facts is not None
    with world.house.work(world.lin) as work:
        premises.change_unit(work, unit, facts, revision=1, reason="核对")
    late = page.post(address, data=told)
    again = one_form(late.text, address, address)
    assert (again["floor"], again["note"]) == ("9", MINE)  # taken over; both wrote the other
    assert page.post(address, data={**again, "take": "note", "build_area": "88"}).status_code == 303
    kept = unit_rules.told(world.town.row(unit).facts)
    assert (kept["note"], kept["floor"], kept["build_area"]) == (THEIRS, "9", "88.00")


def test_the_numbers_of_a_person_stay_masked_beside_what_was_typed(world: World) -> None:
    party = world.party()
    address = f"/premises/parties/{party}/edit"
    page = world.desk.sits(world.chen)
    told = {**one_form(page.get(address).text, address, address), "mobile": "12000001111", "reason": "来电"}
    world.party_changes(party)
    late = page.post(address, data=told)
    assert "12000009999" not in late.text and "12000007777" not in late.text
    again = one_form(late.text, address, address)
    assert again["mobile_2"] == ""  # what others wrote there stays
    assert (
        page.post(address, data={**again, "take": "mobile", "mail_address": "云栖路1号"}).status_code == 303
    )
    with world.house.archive.reading() as session:
        kept = facts_of(current_version(session, party), seal_of(world.house.archive))
    assert (kept.mobile, kept.mobile_2) == ("12000009999", "12000007777")


def test_what_somebody_has_done_already_is_not_done_again(world: World) -> None:
    unit = world.unit()
    address = f"/premises/units/{unit}"
    page = world.desk.sits(world.chen)
    told = {**one_form(page.get(address).text, f"{address}/closing", address), "reason": MINE}
    with world.house.work(world.lin) as work:
        premises.close_unit(work, unit, revision=1, reason=THEIRS)
    late = page.post(f"{address}/closing", data=told)
    assert late.status_code == 409 and "2026-" in text_of(late.text)
    shown = late.text[late.text.index("<main") : late.text.index("</main>")]
    assert "btn-primary" not in shown
    again = one_form(late.text, f"{address}/closing", address)
    assert page.post(f"{address}/closing", data=again).status_code == 303
    assert world.town.row(unit).closed_on is not None


def one_form(html: str, action: str, page: str, holding: str = "") -> dict[str, Any]:
    """What a browser would send of the form as it stands."""
    reader = _Forms()
    reader.feed(html)
    ours = [
        form for form in reader.forms if form.action in (action, None if page.startswith(action) else action)
    ]
    ours = [form for form in ours if not holding or holding in form.told]
    ours = [form for form in ours if {"revision", "seen"} & set(form.told)]
    assert len(ours) == 1, [(form.action, sorted(form.told)) for form in reader.forms]
    return ours[0].told


@dataclass(slots=True)
class _Sent:
    action: str | None
    told: dict[str, Any] = field(default_factory=dict)


class _Forms(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[_Sent] = []
        self.select, self.area, self.many, self.first = "", "", False, False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        a = dict(attrs)
        if tag == "form":
            self.forms.append(_Sent(a.get("action")))
        if not self.forms:
            return
        told, name = self.forms[-1].told, a.get("name") or ""
        if tag == "input" and name and (a.get("type") not in ("checkbox", "radio") or "checked" in a):
            told[name] = a.get("value") or ""
        elif tag == "textarea":
            self.area, told[name] = name, ""
        elif tag == "select" and name:
            self.select, self.many, self.first = name, "multiple" in a, True
            told[name] = [] if self.many else ""
        elif tag == "option" and self.select and self.many and "selected" in a:
            told[self.select].append(a.get("value") or "")
        elif tag == "option" and self.select and not self.many and (self.first or "selected" in a):
            told[self.select], self.first = a.get("value") or "", False

    def handle_data(self, data: str) -> None:
        if self.area and self.forms:
            self.forms[-1].told[self.area] += data

    def handle_endtag(self, tag: str) -> None:
        if tag == "textarea":
            self.area = ""
        elif tag == "select":
            self.select = ""
