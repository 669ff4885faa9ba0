"""What happened to a thing, told to those who may see the thing, in sentences of both languages."""

import ast
import re
import uuid
from pathlib import Path
from typing import Final

import pytest
from flask.testing import FlaskClient
from sqlalchemy import event

import archive_service
import workers
from archive_service import premises, records
from archive_service.app import create_app
from archive_service.history import Kind, events_of
from archive_service.history.web.words import ACTIONS
from archive_service.home.web.trail import SUBJECTS
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Level
from archive_service.premises import BuildingId
from archive_service.records.service.opening import open_for_reason
from archive_service.web import set_actor_loader
from tests.support.house import House

ACTION: Final = re.compile(r"[a-z]+(-[a-z]+)*\.[a-z]+(-[a-z]+)*")


def _audited(tree: ast.Module) -> set[str]:
    """Every action that a module notes. Where it stands in a variable, every text of the module that looks like one
    of the same noun; of an f-string the noun alone, which must have words."""
    found: set[str] = set()
    texts = {n.value for n in ast.walk(tree) if isinstance(n, ast.Constant) and isinstance(n.value, str)}
    for call in ast.walk(tree):
        if not (
            isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute) and call.func.attr == "audit"
        ):
            continue
        if not call.args:
            continue
        first = call.args[0]
        if isinstance(first, ast.Constant):
            found.add(str(first.value))
        elif isinstance(first, ast.IfExp):
            found |= {
                str(side.value) for side in (first.body, first.orelse) if isinstance(side, ast.Constant)
            }
        elif isinstance(first, ast.JoinedStr):
            start = first.values[0]
            assert isinstance(start, ast.Constant)
            found.add(f"{start.value!s}*")
        else:
            found |= {text for text in texts if ACTION.fullmatch(text) and text in ACTIONS}
    return found


def test_every_action_of_the_service_has_words() -> None:
    found: set[str] = set()
    for package in (archive_service, workers):
        for path in Path(package.__file__ or "").parent.rglob("*.py"):
            found |= _audited(ast.parse(path.read_text("utf-8")))
    open_ended = {action for action in found if action.endswith("*")}
    assert sorted(found - open_ended - set(ACTIONS)) == []
    assert all(any(known.startswith(start[:-1]) for known in ACTIONS) for start in open_ended)
    assert len(found) > 60


def test_every_kind_of_thing_that_the_trail_names_has_a_word() -> None:
    kinds: set[str] = set()
    for package in (archive_service, workers):
        for path in Path(package.__file__ or "").parent.rglob("*.py"):
            for call in ast.walk(ast.parse(path.read_text("utf-8"))):
                if (
                    isinstance(call, ast.Call)
                    and isinstance(call.func, ast.Attribute)
                    and call.func.attr in ("audit", "audit_refusal")
                    and len(call.args) > 1
                ):
                    told = call.args[1]
                    if isinstance(told, ast.JoinedStr):
                        told = told.values[0]
                    if isinstance(told, ast.Constant):
                        kinds.add(str(told.value).partition(":")[0])
    assert len(kinds) > 15
    assert sorted(kinds - set(SUBJECTS)) == []


@pytest.fixture
def boss(house: House) -> Actor:
    return house.person("boss", "sc_manager")


@pytest.fixture
def paper(house: House) -> str:
    chen = house.person("chen", "archivist")
    made = house.paper(
        chen, title="身份证 110101199003070011", class_code="YZ.02", level=Level.SENSITIVE, pages=["x"]
    )
    return str(made)


def as_seen_by(house: House, actor: Actor) -> FlaskClient:
    app = create_app(house.archive)
    set_actor_loader(app, lambda: actor)
    return app.test_client()


def test_a_paper_tells_who_brought_it_in_and_who_opened_it_why(house: House, paper: str, boss: Actor) -> None:
    with house.work(boss) as work:
        open_for_reason(work, uuid.UUID(paper), "业主来电核对 13812345678")
    page = (
        as_seen_by(house, boss).get(f"/history/document/{paper}", headers={"Accept-Language": "zh-CN"}).text
    )
    assert "chen" in page and "boss" in page and "说明理由后查看了保密文件" in page
    assert "业主来电核对 138****5678" in page
    assert "13812345678" not in page and "110101199003070011" not in page
    english = as_seen_by(house, boss)
    english.set_cookie("language", "en")
    told = english.get(f"/history/document/{paper}").text
    assert "opened the confidential paper" in told


def test_to_whom_a_paper_is_hidden_its_history_is_not_there(house: House, paper: str) -> None:
    lin = house.person("lin", "front_desk")
    for actor, refusal in ((lin, NotFound), (house.person("root", "it_admin"), Forbidden)):
        with pytest.raises(refusal):
            events_of(house.archive, actor, Kind.DOCUMENT, paper)
    client = as_seen_by(house, lin)
    hidden = client.get(f"/history/document/{paper}")
    missing = client.get("/history/document/01900000-0000-7000-8000-000000000000")
    assert (hidden.status_code, missing.status_code) == (404, 404)


def test_units_files_owners_and_accounts_have_theirs(house: House, boss: Actor) -> None:
    keeper = house.person("zhou", "archivist")
    with house.work(keeper) as work:
        project = premises.add_project(work, number="WY01", name_zh="云栖花园")
        building = premises.add_building(work, project, name="3")
        unit = premises.add_unit(work, BuildingId(building), premises.UnitFacts(room="1201"))
        file = records.open_case_file(work, "ZX.01", records.FileFacts(title="装修"))
    for kind, thing, action in (
        (Kind.UNIT, unit, "unit.added"),
        (Kind.CASE_FILE, file.id, "case-file.opened"),
        (Kind.USER, keeper.user_id, "user.created"),
    ):
        told = events_of(house.archive, boss, kind, str(thing))
        assert [one.action for one in told.events][-1] == action, kind
    with pytest.raises(Forbidden):
        events_of(house.archive, keeper, Kind.USER, str(boss.user_id))
    assert events_of(house.archive, keeper, Kind.USER, str(keeper.user_id)).events


@pytest.mark.parametrize("thing", ["0", "-1", "x", "9" * 40, "١", "1e3"])
def test_what_is_no_number_is_not_found(house: House, boss: Actor, thing: str) -> None:
    for kind in (Kind.CASE_FILE, Kind.UNIT, Kind.PARTY, Kind.USER, Kind.DOCUMENT):
        with pytest.raises(NotFound):
            events_of(house.archive, boss, kind, thing)


def test_pages_of_it_take_the_same_few_statements(house: House, boss: Actor) -> None:
    for n in range(7):
        with house.work(boss) as work:
            work.audit("user.enabled", "user:1", n=n)
    asked: list[str] = []
    event.listen(
        house.archive.sessions.engine, "before_cursor_execute", lambda _c, _u, s, *_: asked.append(s)
    )
    first = events_of(house.archive, boss, Kind.USER, "1", limit=3)
    taken = len(asked)
    second = events_of(house.archive, boss, Kind.USER, "1", before=first.further, limit=3)
    assert len(asked) == 2 * taken
    assert [e.facts["n"] for e in (*first.events, *second.events)] == ["6", "5", "4", "3", "2", "1"]
    whole = events_of(house.archive, boss, Kind.USER, "1", limit=100)
    assert whole.further is None
