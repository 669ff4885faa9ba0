"""In the background: marked papers are kept from everybody, filed ones are checked with their bytes."""

import uuid

from archive_service import premises, records
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.records import (
    Dept,
    FiledFacts,
    Form,
    Medium,
    Pii,
    Place,
    ReasonCode,
    SourceKind,
    VersionState,
)
from archive_service.records.rules.four_properties import CheckStage, Verdict
from tests.support.house import House
from tests.workers.test_handing_out import Post, Worker, settle, worker

__all__ = ["worker"]

FACTS = FiledFacts(("客服中心",), Form.ELECTRONIC, Medium.ELECTRONIC, SourceKind.RECEIVED, Pii.NONE)


def brought(house: House, text: str, name: str = "通知.txt", **told: str) -> DocumentId:
    received = house.blob(text.encode(), name)
    with house.work() as work:
        description = records.Description(title="通知", class_code="WS.02", doc_date="2026-03-08", **told)
        return records.add_document(work, received, description)


def verdict_of(house: House, paper: uuid.UUID, code: str) -> list[tuple[CheckStage, Verdict]]:
    with house.archive.reading() as session:
        reports = records.checks(session, service_actor(), paper)
    return [(r.stage, line.verdict) for r in reports for line in r.lines if line.code == code]


def test_a_marked_paper_is_neither_shown_nor_found_until_a_person_says_it_is_none(
    house: House, worker: Worker
) -> None:
    wang = house.person("王", "archivist")
    paper = brought(house, "机密★20年\n人防工程说明")
    settle(worker, Post())
    row = house.document(paper)
    assert (row.state, row.trouble, row.pages_read) == (VersionState.QUARANTINED, "state_secret", 0)
    with house.archive.reading() as session:
        assert records.page_numbers(session, row.version_id) == set()
        assert records.indexable_version_ids(session, 0) == []
    assert house.archive.index.count() == 0
    with house.work(wang) as work:
        records.unmark(work, paper, 1, "是本公司旧章，并非国家秘密")
    settle(worker, Post())
    assert house.document(paper).state is VersionState.SEARCHABLE


def test_a_filed_paper_is_checked_with_its_bytes_and_so_is_its_new_content(
    house: House, worker: Worker
) -> None:
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    paper = brought(house, "停水通知")
    settle(worker, Post())
    with house.work() as work:
        revision = house.document(paper).revision
        records.file_document(work, paper, FACTS, Place(dept=Dept.KF), revision=revision)
    settle(worker, Post())
    assert verdict_of(house, paper, "bytes") == [
        (CheckStage.DELIVERY, Verdict.PASS),
        (CheckStage.FILING, Verdict.NOT_CHECKED),
    ]
    with house.work() as work:
        renewed = house.blob("秘密★10年\n停水通知".encode(), "通知.txt")
        records.add_version(work, paper, renewed, "更正", code=ReasonCode.CORRECTED)
    settle(worker, Post())
    assert verdict_of(house, paper, "opens")[0] == (CheckStage.VERSION, Verdict.FATAL)
    row = house.document(paper)
    assert (row.version_number, row.state) == (1, VersionState.SEARCHABLE)
