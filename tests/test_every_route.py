"""Every address of the service × everybody who may ask for it.

The table below is written by hand from the tables of rights; the addresses come from the service itself, so that
a new one must be thought about here before the tests pass.
"""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from archive_service import jobs, people
from archive_service.app import create_app
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level
from archive_service.people import Role, Scope
from archive_service.settings import Settings
from tests.people.visitor import Visitor, actor, add_person, form_token
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.table_of_requests import ASKS, SENDS
from tests.table_of_routes import ENDS_THE_VISIT, EXPECTED, REFUSED, ROLES


@dataclass(slots=True)
class Town:
    """Somebody of each role, and things that belong to none of them."""

    app: Flask
    archive: Archive
    clock: MovableClock
    values: dict[str, object] = field(default_factory=dict)
    browsers: dict[str, tuple[Visitor, str]] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    strangers: int = 0

    def address(self, rule: Rule, **other: object) -> str:
        values = {name: (self.values | other)[name] for name in rule.arguments}
        adapter = self.app.url_map.bind("localhost")
        return adapter.build(rule.endpoint, values, force_external=False)

    def asks(self, who: str | None, method: str, path: str, endpoint: str = "") -> TestResponse:
        sent = SENDS[endpoint]() if endpoint in SENDS and method != "GET" else {}
        if endpoint in ASKS:
            sent["query_string"] = ASKS[endpoint]
        headers = dict(sent.pop("headers", {}))
        client = self.app.test_client()
        if who is None:
            # Each from an address of their own: together they would be told to wait a while.
            self.strangers += 1
            sent["environ_base"] = {"REMOTE_ADDR": f"10.0.{self.strangers >> 8}.{self.strangers & 255}"}
        if who is not None and path.startswith("/api/"):
            headers["Authorization"] = f"Bearer {self.tokens[who]}"
        elif who is not None:
            visitor, headers["X-CSRFToken"] = self.browsers[who]
            client = visitor.client
        return client.open(path, method=method, headers=headers, buffered=True, **sent)


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for all, on SQLite: rights are no business of the database's."""
    data = tmp_path_factory.mktemp("town") / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    clock = MovableClock()
    archive = open_archive(Settings(data_dir=data), clock)
    made = Town(create_app(archive), archive, clock)
    made.app.testing = True
    _settle(made, House(archive, clock))
    yield made
    archive.close()


def _settle(made: Town, house: House) -> None:
    app, archive, clock = made.app, made.archive, made.clock
    for role in Role:
        user_id = add_person(archive, role.value.replace("_", "-"), role)
        visitor = Visitor(app, clock)
        assert visitor.sign_in(role.value.replace("_", "-")).status_code in (302, 303)
        made.browsers[role.value] = visitor, form_token(visitor.get("/account"))
        made.tokens[role.value] = _token(archive, user_id)
    target = add_person(archive, "somebody-else", Role.FRONT_DESK)
    owner = actor(archive, target)
    paper = house.paper(owner, class_code="WS.03", level=Level.INTERNAL, pages=["通知"])
    hidden = house.paper(class_code="YZ.02", level=Level.SENSITIVE, pages=["秘密"])
    with archive.reading() as session:
        grant = people.queries.grants_of(session, clock.now(), target)[0].id
    with house.work() as work:
        token, _ = people.create_token(work, target, name="theirs", scopes=[Scope.READ])
    made.values = {
        "document_id": paper, "hidden": hidden, "number": 1, "page": 1, "level": 9, "column": 0, "row": 0,
        "extension": "jpg", "code": "WS.03", "edition": "1.0", "user_id": target, "grant_id": grant, "token_id": token,
        "import_id": 99, "edit_id": 99, "export_id": 99,
        "case_file_id": 1, "sheet": "cover", "fonds": "WY01", "year": 2026,
        "check_id": 1, "kind": "user", "thing": str(target),
        "project_id": 1, "building_id": 1, "unit_id": 1, "link_id": 1, "party_id": 1, "occupancy_id": 1, "relation_id": 1,
        "notice_id": 99, "remedy_id": 99, "opened_id": 1, "item_id": 1, "settlement_id": 1, "task_id": 1,
        "name": "nothing.js", "message_id": 1, "upload_id": uuid.UUID(int=7), "token": "x" * 43,
        "location_id": 1, "box_id": 1, "stock_take_id": 1, "line_id": 1,
        "request_id": 1, "delegation_id": 99, "case": "x", "hold_no": "HOLD-2026-0099", "other_id": paper, "loan_id": 99,
    }  # fmt: skip


def _token(archive: Archive, user_id: UserId) -> str:
    with archive.unit_of_work(service_actor("cli")) as work:
        _, token = people.create_token(work, user_id, name="test", scopes=list(Scope))
    return token


def test_every_address_has_been_thought_about(town: Town) -> None:
    here = {rule.endpoint for rule in town.app.url_map.iter_rules()}
    assert here == set(EXPECTED)


def _calls(app: Flask) -> Iterator[tuple[Rule, str]]:
    for rule in sorted(app.url_map.iter_rules(), key=lambda one: (one.endpoint, one.rule)):
        methods = (rule.methods or set()) - {"OPTIONS"} or {"OPTIONS"}
        for method in sorted(methods - {"HEAD"} or methods):
            yield rule, method


def test_strangers_get_in_nowhere_but_at_the_open_doors(town: Town) -> None:
    for rule, method in _calls(town.app):
        expected = EXPECTED[rule.endpoint]
        answer = town.asks(None, method, town.address(rule))
        seen = f"{method} {rule.rule}: {answer.status_code} {answer.location}"
        to_sign_in = answer.status_code in (302, 303) and "/sign-in" in (answer.location or "")
        if expected.strangers:
            assert answer.status_code != 401, seen
            assert not to_sign_in or rule.endpoint.startswith(("security.", "setup.")), seen
        else:
            # 400: a write without its form token is refused before anybody asks who sends it.
            assert to_sign_in or answer.status_code in (400, 401, 404), seen


@pytest.mark.parametrize("role", sorted(ROLES))
def test_each_role_gets_in_where_the_tables_say(town: Town, role: str) -> None:
    wrong = []
    for rule, method in _calls(town.app):
        if rule.endpoint in ENDS_THE_VISIT:
            continue
        expected = EXPECTED[rule.endpoint]
        name = jobs.JobName.HOUSEKEEPING.value if rule.endpoint == "home.run_job" else town.values["name"]
        status = town.asks(role, method, town.address(rule, name=name), rule.endpoint).status_code
        if expected.strangers or role in expected.roles:
            # Things that were never made are not found by those who may look for them either.
            right = status not in (401, 403) and status < 500
        else:
            right = status in REFUSED
        if not right:
            wrong.append(f"{method} {rule.rule}: {status}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("role", ["front_desk", "cashier", "finance", "engineering", "it_admin"])
def test_what_is_hidden_from_a_role_is_not_there_for_it(town: Town, role: str) -> None:
    """No address that shows a paper tells a hidden one from one that never was."""
    never = uuid.uuid4()
    for rule, method in _calls(town.app):
        if "document_id" not in rule.arguments:
            continue
        hidden, missing = (
            town.asks(role, method, town.address(rule, document_id=one), rule.endpoint)
            for one in (town.values["hidden"], never)
        )
        assert hidden.status_code == missing.status_code, f"{method} {rule.rule}"
        assert hidden.status_code in (400, 403, 404, 415, 422, 428), (
            f"{method} {rule.rule}: {hidden.status_code}"
        )
        # The page around the refusal knows its own address, and that is all it knows.
        own = town.address(rule, document_id=town.values["hidden"])
        assert str(town.values["hidden"]) not in hidden.text.replace(own, "")


FACTS: Final = frozenset(
    {
        "documents_api.show",
        "records.document",
        "records.progress",
        "records.version",
        "scans.beside",
        "scans_api.look_alikes",
        "standing_api.former_numbers",
        "suggestions_api.suggestions",
        "relating_api.relations_of_document",
        "versions_api.listing",
    }
)
"""What the auditor reads about a paper whose pages are not open to them."""


def test_the_auditor_reads_about_a_closed_paper_and_nothing_in_it(town: Town) -> None:
    for rule, method in _calls(town.app):
        if "document_id" not in rule.arguments:
            continue
        path = town.address(rule, document_id=town.values["hidden"])
        answer = town.asks("auditor", method, path, rule.endpoint)
        seen = f"{method} {rule.rule}: {answer.status_code}"
        assert "秘密" not in answer.text, seen
        # They may know that it isn't filed yet, waits for no review, and that nobody works on it.
        unfiled = rule.endpoint in (
            "filing_api.show",
            "reviewing_api.lock",
            "reviewing_api.show",
            "standing_api.of_document",
        )
        assert answer.status_code == (200 if rule.endpoint in FACTS else 404 if unfiled else 403), seen


def test_no_number_in_an_address_is_too_large_to_be_refused(town: Town) -> None:
    """Databases stop at 64 bits; an address does not."""
    numbers = ("number", "page", "user_id", "grant_id", "token_id", "message_id", "level", "column", "row")
    for rule, method in _calls(town.app):
        for name in rule.arguments & set(numbers):
            path = town.address(rule).split("/")
            shown = str(town.values[name])
            for huge in ("9" * 19, "9" * 40):
                pieces = [huge if piece == shown else piece for piece in path]
                who = (
                    "it_admin"
                    if "user_id" in rule.arguments or "message_id" in rule.arguments
                    else "archivist"
                )
                status = town.asks(who, method, "/".join(pieces)).status_code
                assert status < 500, f"{method} {rule.rule}: {status}"
