"""A word planted in a paper that a person may not see changes no byte of any answer they get.

Every address of the service is asked before and after; the addresses come from the service itself.
"""

import io
import re
import shutil
import uuid
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date
from itertools import product
from pathlib import Path
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import text, update
from werkzeug.routing import Rule

from archive_service import premises, records, suggestions
from archive_service.app import create_app
from archive_service.bootstrap import open_archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.premises.models import Occupancy, PartyVersion, TitleTransfer
from archive_service.premises.rules.parties import IdType, OccupancyRole, PartyFacts, PartyKind
from archive_service.premises.service import parties as register
from archive_service.premises.service.seals import seal_of
from archive_service.records.models import Document, Filing, NumberCounter
from archive_service.records.rules.relations import RelationKind
from archive_service.records.service.relating import relate_documents
from archive_service.settings import Settings
from archive_service.web import set_actor_loader
from tests.records.test_filing import FACTS
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.papers import indexed

WORD: Final = "琥珀大象"
ASCII: Final = "ZQX-2026-777"
NOT_ASKED: Final = ("account.", "security.", "setup.", "assets.")
"""Sign-in and bundled files: they know no papers, and answer with random tokens."""
ASKED: Final[dict[str, tuple[str, ...]]] = {
    "records.listing": ("sort=title", "sort=oldest", "sort=date", "state=searchable", "class=YZ.02", "page=2"),
    "records.class_files": ("sort=title", "page=2"),
    "records.case_files": (f"q={WORD}", "q=3", "class=ZX", "page=2"),
    "search.page": (
        f"q={WORD}", f"q={WORD[:1]}", f"q=-{WORD}", f"q=停水 OR {WORD}", f"q={ASCII}", "q=ZQX*", "q=level:SENSITIVE",
        "q=class:YZ.02", f"q=owner:{WORD}", f"q=file:{WORD}", "q=unit:3-1201", "q=停水&sort=newest",
        "q=停水&sort=oldest", "q=停水&class=YZ.02", "q=停水&level=SENSITIVE", "q=停水&versions=all", "q=before:2030",
        "q=停水", "q=year:2026", "q=in:file",
    ),
    "search.suggestions": (f"q={WORD[:1]}", f"q={WORD}", "q=ZQ", "q=停", "q=3", "q=W"),
    "search_api.search": (f"q={WORD}", f"q={ASCII}", "q=停水", "q=停水&sort=newest", "q=unit:3-1201", "q=year:2026"),
    "documents_api.listing": ("sort=title", "sort=oldest", "class=YZ", "size=1", "size=1&page=2", "state=searchable"),
    "case_files_api.case_files": (f"q={WORD}", "class=ZX"),
    "premises.units": (f"q={WORD}", "q=1201"),
    "premises.parties": (f"q={WORD}", "q=张"),
}  # fmt: skip
"""What lists, search and suggestions are asked besides nothing."""
VOLATILE: Final = (
    (re.compile(rb'(csrf[_-]token"[^>]*(?:value|content)=")[^"]*'), rb"\1"),
    (re.compile(rb'((?:value|content)=")[^"]*("[^>]*csrf[_-]token)'), rb"\1\2"),
    (re.compile(rb'nonce="[^"]*"'), b"nonce"),
    (re.compile(rb'"ImY[^"]*"|"I[A-Za-z0-9_.-]{60,}"'), b'"token"'),
)


@dataclass(slots=True)
class Town:
    app: Flask
    house: House
    lin: Actor
    chen: Actor
    values: dict[str, object] = field(default_factory=dict)

    def answers(self, of: str = "") -> dict[str, tuple[int, str, bytes]]:
        """Address → status, entity tag and body, of every address that can be asked, as a page and by the API;
        only those with ``of`` in them."""
        found = {}
        for path in sorted(path for path in self._addresses() if of in path):
            client = self.app.test_client()
            with client.get(path, headers={"Accept-Language": "zh-CN"}) as answer:
                tag = answer.headers.get("ETag", "")
                found[path] = answer.status_code, tag, _kept(answer.data, answer.content_type)
        return found

    def _addresses(self) -> Iterator[str]:
        for rule in self.app.url_map.iter_rules():
            if "GET" in (rule.methods or ()) and not rule.endpoint.startswith(NOT_ASKED):
                yield from self._of(rule)

    def _of(self, rule: Rule) -> Iterator[str]:
        adapter = self.app.url_map.bind("localhost")
        names = sorted(rule.arguments)
        choices = [
            value if isinstance(value, tuple) else (value,) for value in (self.values[n] for n in names)
        ]
        for chosen in product(*choices):
            path = adapter.build(rule.endpoint, dict(zip(names, chosen, strict=True)))
            yield path
            yield from (f"{path}?{query}" for query in ASKED.get(rule.endpoint, ()))


def _kept(body: bytes, content_type: str) -> bytes:
    """Without what changes with each answer."""
    if body[:2] == b"PK":  # a workbook carries the moment at which it was made
        with zipfile.ZipFile(io.BytesIO(body)) as packed:
            return b"".join(packed.read(n) for n in sorted(packed.namelist()) if not n.startswith("docProps"))
    for pattern, instead in VOLATILE:
        body = pattern.sub(instead, body)
    return body


@pytest.fixture(scope="module")
def town(sqlite_template: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    data = tmp_path_factory.mktemp("leaks") / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    clock = MovableClock()
    archive = open_archive(Settings(data_dir=data), clock)
    house = House(archive, clock)
    lin, chen = house.person("lin", "front_desk"), house.person("chen", "archivist")
    made = Town(create_app(archive), house, lin, chen)
    set_actor_loader(made.app, lambda: lin)
    with house.work(chen) as work:
        project = premises.add_project(work, number="WY01", name_zh="云栖花园")
        building = premises.add_building(work, project, name="3")
        unit = premises.add_unit(work, building, premises.UnitFacts(room="1201"))
        file = records.open_case_file(work, "ZX.01", records.FileFacts(title="3-1201装修", unit="3-1201"))
        work.session.add(NumberCounter(series=file.file_no, last=4))  # as far as papers stand in it below
    seen = [
        house.paper(chen, title=f"停水通知{n}", class_code="WS.02", level=Level.INTERNAL, unit="3-1201",
                    doc_date="2026-03-08", pages=["停水"])
        for n in range(3)
    ]  # fmt: skip
    for n, paper in enumerate(seen, 1):
        _file(house, paper, n, file.id, "ZX.01")
    indexed(house, *seen)
    made.values = {
        "document_id": seen[0], "other_id": seen[1], "number": 1, "page": 1, "level": 9, "column": 0, "row": 0,
        "extension": "jpg", "code": ("WS.02", "YZ.02", "ZX.01", "YZ"), "edition": "1.0", "user_id": lin.user_id,
        "project_id": project, "building_id": building, "unit_id": unit, "party_id": 1, "case_file_id": file.id,
        "sheet": ("cover", "contents", "note"), "fonds": "WY01", "year": 2026, "name": "nothing",
        "kind": ("case-file", "unit"), "thing": str(file.id), "check_id": 1, "token": "x" * 22,
        "upload_id": uuid.UUID(int=7), "export_id": 1, "edit_id": 1, "import_id": 1, "opened_id": 1, "request_id": 1,
        "case": "internal_original", "stock_take_id": 1, "location_id": 1, "box_id": 1, "loan_id": 1,
        "hold_no": "HOLD-2026-0001",
    }  # fmt: skip
    yield made
    archive.close()


def _file(house: House, paper: DocumentId, item: int, case_file_id: int, class_code: str) -> None:
    """Into the file, at whatever level it is."""
    with house.archive.sessions.writing() as session:
        document = session.get_one(Document, paper)
        number = f"WY01-ZX·01·2026-0001-{item:03}"
        document.archival_no = number
        session.flush()
        session.add(
            Filing(
                document_id=paper,
                archival_no_ascii=number.replace("·", "."),
                fonds="WY01",
                class_code=class_code,
                file_year=2026,
                case_file_id=case_file_id,
                series="WY01-ZX·01·2026-0001",
                item=item,
                retention_rule_id=1,
                responsible=[WORD],
                form="original",
                medium="paper",
                source_kind="scan",
                carries_pii="none",
                pages=1,
                language="zh",
                keywords=[],
                filed_at=house.clock.now(),
            )
        )


def _plant(town: Town) -> DocumentId:
    """The word in everything that a paper is found and counted by."""
    house = town.house
    told = {"doc_number": ASCII, "owner": WORD, "unit": "3-1201", "file_no": WORD, "doc_date": "2026-03-08"}
    received = house.blob(uuid.uuid4().bytes, f"{WORD}.pdf")
    with house.work(town.chen) as work:
        description = records.Description(
            title=f"停水{WORD}", class_code="YZ.02", level=Level.SENSITIVE, **told
        )
        paper = records.add_document(work, received, description)
    house.is_read(paper, [f"停水 {WORD} {ASCII}"])
    file_id = town.values["case_file_id"]
    assert isinstance(file_id, int)
    _file(house, paper, 4, file_id, "ZX.01")
    with house.work(town.chen) as work:
        seen = town.values["document_id"]
        assert isinstance(seen, uuid.UUID)
        relate_documents(work, seen, paper, RelationKind.SEE_ALSO)
    kept = house.paper(town.chen, title=f"停水{WORD}", class_code="ZX.01", level=Level.SENSITIVE,
                       pages=[f"停水 {WORD}"], **(told | {"file_no": ""}))  # fmt: skip
    with house.work() as work:
        file_no = records.case_file(work.session, work.actor, file_id).file_no
        records.file_document(work, kept, FACTS, records.Place(file_no=file_no), revision=1)
    scan = house.blob(uuid.uuid4().bytes, f"{WORD}-2.pdf")
    with house.work(town.chen) as work:
        undescribed = records.add_document(work, scan, records.Description())
    house.is_read(undescribed, [f"居民身份证 停水 {WORD} {ASCII}"])
    _thinks(house, undescribed)
    indexed(house, paper, kept, undescribed)
    return kept


def test_a_planted_word_changes_no_byte_of_any_answer(town: Town) -> None:
    before = town.answers()
    _plant(town)
    after = town.answers()
    differing = [path for path, answer in after.items() if answer != before[path]]
    assert differing == []
    told = [path for path, answer in after.items() if WORD.encode() in answer[2] and WORD not in path]
    assert told == [
        path for path, answer in before.items() if WORD.encode() in answer[2] and WORD not in path
    ]
    with_answers = [path for path, answer in before.items() if answer[0] == 200]
    assert len(with_answers) > 60  # the comparison is no comparison of refusals


LEASE: Final = "收楼验收单\n房号3-1201\n" + "春去秋来花开花落云卷云舒人来人往山高水长海阔天空" * 3


def _thinks(house: House, paper: DocumentId) -> None:
    with house.work() as work:
        suggestions.propose(work, house.document(paper).version_id)


def test_hidden_look_alikes_change_no_byte_of_what_is_told_of_a_paper(town: Town) -> None:
    """Not even how sure its class is."""
    house = town.house
    waiting = house.paper(town.lin, title="IMG_7", pages=[LEASE])
    _thinks(house, waiting)
    around = replace(town, values=town.values | {"document_id": waiting})
    before = around.answers(of=str(waiting))
    for n in range(3):
        hidden = house.paper(
            town.chen, title="收楼", class_code="YZ.01", level=Level.SENSITIVE, pages=[f"{LEASE}{n}"]
        )
        _thinks(house, hidden)
        _file(house, hidden, 10 + n, int(str(town.values["case_file_id"])), "ZX.01")
    _thinks(house, waiting)
    after = around.answers(of=str(waiting))
    assert [path for path, answer in after.items() if answer != before[path]] == []
    told = f"/api/v1/documents/{waiting}/suggestions"
    assert b"YZ.01" in before[told][2]
    with house.archive.reading() as session:
        hers, his = (suggestions.of_document(session, who, waiting) for who in (town.lin, town.chen))
    assert hers is not None and his is not None
    first, other = (found.first(suggestions.Field.CLASS_CODE) for found in (hers, his))
    assert first is not None and other is not None and first.confidence < other.confidence


def _owners(town: Town) -> tuple[int, tuple[int, ...]]:
    """(unit, people): one owned it until February, the other one since; all of it known from lists, not from papers."""
    house, seal = town.house, seal_of(town.house.archive)
    building = town.values["building_id"]
    assert isinstance(building, int)
    with house.work(town.chen) as work:
        unit = premises.add_unit(work, premises.BuildingId(building), premises.UnitFacts(room="1202"))
        people = []
        for name, since in (("张示例", date(2024, 3, 8)), ("李模拟", date(2026, 2, 1))):
            facts = PartyFacts(PartyKind.PERSON, name, IdType.NONE)
            party = register.add_party(work, seal, facts, reason="业主登记表")
            entry = register.add_occupancy(
                work,
                register.NewOccupancy(
                    unit_id=unit,
                    party_id=party,
                    role=OccupancyRole.OWNER,
                    since=since,
                    source_note="业主登记表",
                ),
            )
            if not people:
                register.end_occupancy(work, entry, until=date(2026, 2, 1), reason="买卖")
            people.append(party)
    return unit, tuple(people)


def test_a_hidden_paper_behind_owners_and_a_transfer_changes_no_byte(town: Town) -> None:
    """Neither its address nor the word that there is one, on the pages of the unit and of the people and anywhere else;
    who sees the paper finds it there."""
    house = town.house
    unit, people = _owners(town)
    around = replace(town, values=town.values | {"unit_id": unit, "party_id": people, "thing": str(unit)})
    before = around.answers()
    shown = [
        path
        for path in before
        if re.fullmatch(rf"/premises/(units/{unit}|parties/({people[0]}|{people[1]}))", path)
    ]
    assert len(shown) == 3 and all(before[path][0] == 200 for path in shown)
    hidden = house.paper(town.chen, title="买卖合同", class_code="YZ.03", level=Level.SENSITIVE)
    with house.archive.sessions.writing() as session:
        for table in ("occupancy", "party_version"):
            session.execute(text(f"DROP TRIGGER {table}_kept"))
        session.execute(update(Occupancy).values(source_document_id=hidden))
        session.execute(update(Occupancy).where(Occupancy.end_reason != "").values(end_document_id=hidden))
        session.execute(update(PartyVersion).values(source_document_id=hidden))
        session.add(
            TitleTransfer(
                unit_id=unit, day=date(2026, 2, 1), document_id=hidden, closed=[1], opened=[2], decisions={},
                recorded_at=house.clock.now(),
            )
        )  # fmt: skip
    after = around.answers()
    assert [path for path, answer in after.items() if answer != before[path]] == []
    assert [path for path, answer in after.items() if str(hidden).encode() in answer[2]] == []
    set_actor_loader(town.app, lambda: town.chen)
    try:
        links = [town.app.test_client().get(path).text.count(f'href="/documents/{hidden}"') for path in shown]
    finally:
        set_actor_loader(town.app, lambda: town.lin)
    assert sorted(links) == [
        2,
        3,
        3,
    ]  # of the former owner: came, went, known from; of the unit: came, went, came


def test_an_archivist_finds_what_was_planted(town: Town) -> None:
    """So that the test before has something to hide."""
    chen = replace(town.chen, via="api")
    set_actor_loader(town.app, lambda: chen)
    found = town.app.test_client().get(f"/api/v1/search?q={WORD}").get_json()
    assert found["total"] == 3
