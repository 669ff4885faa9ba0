"""Every address that shows a document × every role × every level: what is seen is what the view table says.

The table below is written by hand from the rules of the trade, not from the code; the addresses come from the service
itself, so that a new one that names a document must be put into ``DOORS`` before the tests pass.
"""

import shutil
import uuid
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from archive_service.app import create_app
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.people import Role
from archive_service.records.models import Document, Filing
from archive_service.settings import Settings
from archive_service.web import set_actor_loader
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.papers import indexed, is_scanned, pictured_page

HIDDEN, FACTS, MASKED, VIEW, TAKE = "hidden", "facts", "masked", "view", "take"
REASON, LOOK = "take with a reason", "view with a reason"

# security.md, the view table: PUBLIC, INTERNAL, PERSONAL, CONFIDENTIAL, SENSITIVE.
_MANAGER: Final = (TAKE, TAKE, TAKE, REASON, REASON)
TABLE: Final[dict[str, tuple[str, ...]]] = {
    "front_desk": (TAKE, VIEW, MASKED, HIDDEN, HIDDEN),
    "archivist": _MANAGER,
    "sc_manager": _MANAGER,
    "archive_head": _MANAGER,
    "company_leader": _MANAGER,
    "cashier": (TAKE, VIEW, HIDDEN, HIDDEN, HIDDEN),
    "finance": (TAKE, VIEW, HIDDEN, HIDDEN, HIDDEN),
    "engineering": (TAKE, VIEW, HIDDEN, HIDDEN, HIDDEN),
    # "Masked; content by a time-boxed grant": the facts with numbers covered, no page before there is a grant.
    "auditor": (VIEW, VIEW, FACTS, FACTS, FACTS),
    # Whatever concerns persons: its pages only after saying why, and nothing to take away.
    "pi_officer": (VIEW, VIEW, LOOK, LOOK, LOOK),
    "it_admin": (HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
}
# Fee classes for who takes and counts money, own classes for engineering. The file plan holds fee classes
# CONFIDENTIAL, so what the table says of PERSONAL holds for these as well.
OWN: Final[dict[str, tuple[str, tuple[str, ...]]]] = {
    "cashier": ("KU.03", (TAKE, TAKE, TAKE, TAKE, HIDDEN)),
    "finance": ("KU.03", (TAKE, TAKE, TAKE, TAKE, HIDDEN)),
    "engineering": ("ZX.01", (TAKE, TAKE, HIDDEN, HIDDEN, HIDDEN)),
}

# Nobody has said what it is yet, so it may be anything up to SENSITIVE: for who sees all levels, however far.
UNCLASSED: Final = dict.fromkeys(TABLE, HIDDEN) | dict.fromkeys(
    ("archivist", "sc_manager", "archive_head", "company_leader"), TAKE
)
UNCLASSED["auditor"], UNCLASSED["pi_officer"] = FACTS, LOOK

ABOUT, PAGES, BYTES, WORK = "about", "pages", "bytes", "work"
DOORS: Final[dict[str, str]] = {
    "checks_api.compare": WORK,
    "checks_api.listing": WORK,
    "documents_api.show": ABOUT,
    "filing_api.show": WORK,
    "intake.desk_paper": WORK,
    "pages_api.listing": PAGES,
    "pages_api.listing_of_version": PAGES,
    "pages_api.picture": PAGES,
    "pages_api.picture_of_version": PAGES,
    "pages_api.text": PAGES,
    "pages_api.text_of_version": PAGES,
    "pages_api.whole_text": PAGES,
    "records.check": WORK,
    "records.checks": WORK,
    "records.compare": WORK,
    "records.document": ABOUT,
    "records.filing": WORK,
    "records.original": BYTES,
    "records.page_details": PAGES,
    "records.page_picture": PAGES,
    "records.page_text": PAGES,
    "records.page_thumbnail": PAGES,
    "records.place": WORK,
    "records.print_check": WORK,
    "records.progress": ABOUT,
    "records.searchable_copy": BYTES,
    "records.tile": WORK,  # there are none of these papers
    "records.tiles": WORK,
    "records.version": ABOUT,
    "records.viewer": PAGES,
    "reviewing_api.lock": WORK,
    "reviewing_api.show": WORK,
    "scans.beside": WORK,
    "scans.compare": WORK,
    "scans_api.look_alikes": WORK,
    "standing_api.former_numbers": WORK,
    "standing_api.of_document": WORK,
    "relating_api.relations_of_document": WORK,
    "suggestions_api.suggestions": WORK,
    "versions_api.content": BYTES,
    "versions_api.listing": ABOUT,
}
"""``WORK``: for who works with papers; may be refused to others, and never tells more than the level does."""
SECRET, TITLE = "琥珀色的大象", "蓝色文件夹"  # on the page, and in the title
MOBILE, COVERED = "13812345678", "138****5678"


@dataclass(slots=True)
class Town:
    app: Flask
    archive: Archive
    house: House
    people: dict[str, Actor] = field(default_factory=dict)
    papers: dict[tuple[str, Level], DocumentId] = field(default_factory=dict)
    looking: list[Actor] = field(default_factory=list)
    missing: dict[tuple[str, str], int] = field(default_factory=dict)

    def asks(self, who: Actor, path: str) -> TestResponse:
        self.looking[:] = [who]
        return self.app.test_client().get(path, buffered=True)


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """One for all, on SQLite: rights are no business of the database's."""
    data = tmp_path_factory.mktemp("rights") / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    clock = MovableClock()
    archive = open_archive(Settings(data_dir=data), clock)
    made = Town(create_app(archive), archive, House(archive, clock))
    set_actor_loader(made.app, lambda: made.looking[0])
    for role in Role:
        made.people[role.value] = made.house.person(role.value.replace("_", "-"), role.value)
    for code in ("WS.02", "KU.03", "ZX.01"):
        for level in Level:
            _paper(made, code, level)
    paper = made.house.paper(title=f"{TITLE} {MOBILE}")
    is_scanned(made.house, paper, [pictured_page(made.house, 1, f"{SECRET} 电话{MOBILE}", covered=True)])
    made.papers["", Level.PERSONAL] = paper
    indexed(made.house, *made.papers.values())
    yield made
    archive.close()


def _paper(made: Town, code: str, level: Level) -> None:
    paper = made.house.paper(title=f"{TITLE} {MOBILE}", class_code="WS.02", level=Level.PUBLIC)
    is_scanned(made.house, paper, [pictured_page(made.house, 1, f"{SECRET} 电话{MOBILE}", covered=True)])
    # As if filed: what waits for filing opens to who files, without a reason. The class's own level is left out here.
    number = f"{code}-{level.value}"
    with made.archive.sessions.writing() as session:
        document = session.get_one(Document, paper)
        document.level, document.class_code, document.archival_no = level.value, code, number
        session.flush()
        session.add(
            Filing(
                document_id=paper,
                archival_no_ascii=number,
                fonds="WY01",
                class_code=code,
                file_year=2026,
                dept="KF",
                series=number,
                item=1,
                retention_rule_id=1,
                responsible=["客户服务中心"],
                form="original",
                medium="paper",
                source_kind="scan",
                carries_pii="none",
                pages=1,
                language="zh",
                keywords=[],
                filed_at=made.house.clock.now(),
            )
        )
    made.papers[code, level] = paper


def _address(app: Flask, rule: Rule, paper: uuid.UUID) -> str:
    values = {
        "document_id": paper, "other_id": paper, "number": 1, "page": 1, "check_id": 1,
        "level": 9, "column": 0, "row": 0, "extension": "jpg",
    }  # fmt: skip
    chosen = {name: values[name] for name in rule.arguments}
    return app.url_map.bind("localhost").build(rule.endpoint, chosen)


def _rules(app: Flask) -> list[Rule]:
    found = [
        r for r in app.url_map.iter_rules() if "document_id" in r.arguments and "GET" in (r.methods or ())
    ]
    return sorted(found, key=lambda rule: rule.endpoint)


def test_every_address_of_a_document_has_been_thought_about(town: Town) -> None:
    assert {rule.endpoint for rule in _rules(town.app)} == set(DOORS)


def _wrong(town: Town, actor: Actor, paper: DocumentId, seen: str, rule: Rule) -> str | None:
    """What is wrong with the answer of one address, or None."""
    answer = town.asks(actor, _address(town.app, rule, paper))
    body = answer.data.decode("utf-8", "replace")
    status, door = answer.status_code, DOORS[rule.endpoint]
    if seen == HIDDEN:
        place = actor.name, rule.endpoint
        if place not in town.missing:
            never = _address(town.app, rule, uuid.UUID(int=1))
            town.missing[place] = town.asks(actor, never).status_code
        right = status == town.missing[place] and status in (403, 404) and TITLE not in body
    elif door == ABOUT:
        right = status == 200
    elif door == PAGES:
        right = (status == 200) is (seen in (MASKED, VIEW, TAKE)) and status in (200, 403)
    elif door == BYTES:
        right = status == 403 if seen != TAKE else status in (200, 202, 404)
    else:
        right = status < 500
    if SECRET in body and seen not in (MASKED, VIEW, TAKE):
        right = False
    if MOBILE in body and seen not in (VIEW, TAKE):
        right = False
    return None if right else f"{rule.endpoint}: {status} for {actor.name}, {seen}"


@pytest.mark.parametrize("role", sorted(TABLE))
def test_each_role_sees_of_each_level_what_the_table_says(town: Town, role: str) -> None:
    wrong: list[str | None] = []
    sees = {("WS.02", level): seen for level, seen in zip(Level, TABLE[role], strict=True)}
    if role in OWN:
        code, row = OWN[role]
        sees |= {(code, level): seen for level, seen in zip(Level, row, strict=True)}
    for (code, level), seen in sees.items():
        before = FACTS if seen in (REASON, LOOK) else seen
        paper = town.papers[code, level]
        # In classes of their own the doors of work stand open or shut as everywhere.
        rules = [r for r in _rules(town.app) if code == "WS.02" or DOORS[r.endpoint] != WORK]
        wrong += [_wrong(town, town.people[role], paper, before, rule) for rule in rules]
    assert not [one for one in wrong if one]


@pytest.mark.parametrize("role", sorted(TABLE))
def test_what_nobody_has_classed_yet_is_for_who_sees_every_level(town: Town, role: str) -> None:
    person, paper, seen = town.people[role], town.papers["", Level.PERSONAL], UNCLASSED[role]
    before = FACTS if seen == LOOK else seen
    assert not [one for rule in _rules(town.app) if (one := _wrong(town, person, paper, before, rule))]
    if role != "it_admin":
        listed = town.asks(person, "/api/v1/documents?unclassified=true&size=100").get_json()
        assert listed["total"] == len(listed["documents"]) == (seen != HIDDEN)
        hits = town.asks(person, f"/api/v1/search?q={SECRET}&level=PERSONAL").get_json()["hits"]
        assert any(str(paper) in hit["document"] for hit in hits) is (seen in (TAKE, LOOK))


@pytest.mark.parametrize("role", [role for role in sorted(TABLE) if {REASON, LOOK} & set(TABLE[role])])
def test_with_a_reason_it_opens_and_closes_again(town: Town, role: str) -> None:
    person, paper = town.people[role], town.papers["WS.02", Level.SENSITIVE]
    town.looking[:] = [replace(person, via="api")]
    client = town.app.test_client()
    given = client.post(f"/api/v1/documents/{paper}/access", json={"reason": "核对产权"})
    assert given.status_code == 201, given.text
    opened = TAKE if REASON in TABLE[role] else VIEW
    assert not [one for rule in _rules(town.app) if (one := _wrong(town, person, paper, opened, rule))]
    other = town.papers["WS.02", Level.CONFIDENTIAL]
    assert not [one for rule in _rules(town.app) if (one := _wrong(town, person, other, FACTS, rule))]
    town.house.clock.passes(hours=1)
    assert not [one for rule in _rules(town.app) if (one := _wrong(town, person, paper, FACTS, rule))]


@pytest.mark.parametrize("role", sorted(TABLE))
def test_lists_and_search_hold_what_the_table_says(town: Town, role: str) -> None:
    sees = dict(zip(Level, TABLE[role], strict=True))
    person = town.people[role]
    if role == "it_admin":
        assert town.asks(person, "/api/v1/documents").status_code == 403
        assert town.asks(person, "/api/v1/search?q=x").status_code == 403
        return
    listed = town.asks(person, "/api/v1/documents?class=WS.02&size=100").get_json()
    levels = {one["level"] for one in listed["documents"]}
    assert levels == {level.value for level, seen in sees.items() if seen != HIDDEN}
    assert listed["total"] == len(levels)
    found = town.asks(person, f"/api/v1/search?q={SECRET}&class=WS.02").get_json()
    open_to_words = {level.value for level, seen in sees.items() if seen not in (HIDDEN, FACTS)}
    assert {hit["level"] for hit in found["hits"]} == open_to_words
    assert found["total"] == len(open_to_words)
    for hit in found["hits"]:
        told = "".join(part if isinstance(part, str) else str(part) for part in hit["snippet"])
        assert MOBILE not in told
        assert (SECRET[0] in told) is (sees[Level(hit["level"])] not in (REASON, LOOK))
