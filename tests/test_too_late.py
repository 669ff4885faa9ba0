"""Every form that says what the person saw, sent after somebody else was faster.

The forms are found in the templates and among the form classes, so that a new one must be thought about here before
the tests pass. Each comes back (409) with what was typed and what is stored, and, sent once more as it came back, it
counts on top of what is there now.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

import archive_service
from archive_service import premises
from archive_service.bootstrap import open_archive
from archive_service.premises.queries.parties import current_version, facts_of
from archive_service.premises.rules import units as unit_rules
from archive_service.premises.service.seals import seal_of
from archive_service.settings import Settings
from archive_service.web import ServiceForm
from tests.support.clock import MovableClock
from tests.support.faster import MINE, THEIRS, World
from tests.support.house import House
from tests.support.pages import text_of
from tests.support.sent_forms import one_form
from tests.table_of_late_forms import FORMS

HERE: Final = Path(archive_service.__file__).parent
FORM: Final = re.compile(r"<form\b.*?</form>", re.S)
SEEN: Final = re.compile(r'name="(?:revision|seen)"')
ENDPOINT: Final = re.compile(r"<form[^>]*action=\"\{\{ url_for\('([a-z_.]+)'")
BASES: Final = frozenset({"ReasonForm"})
"""Form classes that stand on no page themselves."""


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
