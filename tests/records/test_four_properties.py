"""The four-property check: at filing, of new content, on demand; what it finds, what it stops, what is kept."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Final

import pytest
from sqlalchemy import text
from sqlalchemy.exc import IntegrityError

from archive_service import premises, records
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.records import (
    CheckRow,
    Dept,
    FiledFacts,
    Form,
    Medium,
    NeedsReason,
    Pii,
    Place,
    Proof,
    SourceKind,
    VersionState,
)
from archive_service.records.models import NumberCounter
from archive_service.records.rules import WrongState
from archive_service.records.rules.attachments import named_attachments
from archive_service.records.rules.findings import WORDS
from archive_service.records.rules.four_properties import (
    CHECKS,
    CheckFailed,
    CheckStage,
    Line,
    Subject,
    Verdict,
    examine,
    verdict_of,
)
from archive_service.records.rules.sheets import Sheet, sheet_named
from archive_service.records.service.checking import ConfirmedAlready
from storage import parse_digest
from tests.support.house import House, page_facts

FACTS: Final = FiledFacts(
    responsible=("云栖花园客户服务中心",),
    form=Form.ORIGINAL,
    medium=Medium.PAPER,
    source_kind=SourceKind.SCAN,
    carries_pii=Pii.NONE,
)
PLACE: Final = Place(dept=Dept.KF)
DIGEST: Final = "a" * 64
A4: Final = Sheet(297.0, 2480, 3508)

SOUND: Final = Subject(
    today=date(2026, 3, 8),
    digest=DIGEST,
    found_digest=DIGEST,
    size=1000,
    file_name="通知.pdf",
    media_type="application/pdf",
    state=VersionState.SEARCHABLE,
    trouble="",
    flags=(),
    has_source=True,
    events=3,
    doc_date="2026-03-01",
    class_code="WS.02",
    class_known=True,
    level_high_enough=True,
    missing=(),
    declared_pages=2,
    pages_total=2,
    pages_read=2,
    pages_with_text=2,
    pages_unsure=0,
    sheets=(A4, A4),
    attachments=0,
    properties={"pdfa": "2b", "fonts": 3, "fonts_missing": 0, "signatures": 0},
    series=(7, 7),
)


def found(subject: Subject, code: str) -> Line:
    (line,) = [line for line in examine(subject) if line.code == code]
    return line


def test_a_sound_paper_passes_and_viruses_were_never_looked_for() -> None:
    lines = examine(SOUND)
    assert verdict_of(lines) is Verdict.PASS
    assert [line.code for line in lines if line.verdict is not Verdict.PASS] == ["virus"]
    assert found(SOUND, "virus").verdict is Verdict.NOT_CHECKED
    assert found(SOUND, "sizes").figures == {"sheets": "A4 × 2"}
    assert len({check.code for check in CHECKS}) == len(CHECKS)


@pytest.mark.parametrize(
    ("code", "change", "verdict"),
    [
        ("bytes", {"found_digest": "b" * 64}, Verdict.FATAL),
        ("bytes", {"found_digest": ""}, Verdict.FATAL),
        ("bytes", {"found_digest": None}, Verdict.NOT_CHECKED),
        ("name", {"file_name": "通知.jpg"}, Verdict.WARN),
        ("values", {"doc_date": "2026-03-09"}, Verdict.WARN),
        ("values", {"class_known": False}, Verdict.FATAL),
        ("signatures", {"properties": {"signatures": 2}}, Verdict.WARN),
        ("title-block", {"drawing_sheet": "A1"}, Verdict.WARN),
        ("title-block", {"drawing_sheet": "A4"}, Verdict.PASS),
        ("title-block", {"drawing_sheet": "A1", "sheets": ()}, Verdict.NOT_CHECKED),
        ("pages", {"declared_pages": 3}, Verdict.WARN),
        ("pages", {"pages_read": 1}, Verdict.FATAL),
        ("pages", {"pages_total": None, "state": VersionState.QUARANTINED}, Verdict.NOT_CHECKED),
        ("facts", {"missing": ("doc_date",)}, Verdict.FATAL),
        ("series", {"series": (6, 7)}, Verdict.WARN),
        ("attachments", {"attachments": 2, "pages_total": 1}, Verdict.WARN),
        ("attachments", {"attachments": 2}, Verdict.PASS),
        ("opens", {"state": VersionState.QUARANTINED, "trouble": "unsupported"}, Verdict.WARN),
        ("opens", {"state": VersionState.QUARANTINED, "trouble": "broken"}, Verdict.FATAL),
        ("format", {"media_type": "application/msword", "properties": {}}, Verdict.WARN),
        ("format", {"file_name": "统计.xlsm"}, Verdict.FATAL),
        ("encryption", {"flags": ("encrypted",)}, Verdict.WARN),
        ("encryption", {"trouble": "password_protected"}, Verdict.FATAL),
        ("links", {"flags": ("external-content",)}, Verdict.WARN),
        ("text", {"pages_with_text": 1}, Verdict.WARN),
        ("text", {"pages_with_text": 0}, Verdict.WARN),
        ("certainty", {"pages_unsure": 1}, Verdict.WARN),
        ("fonts", {"properties": {"fonts": 3, "fonts_missing": 1}}, Verdict.WARN),
        ("fonts", {"properties": {}}, Verdict.NOT_CHECKED),
        ("resolution", {"sheets": (Sheet(297.0, 1240, 1754),)}, Verdict.WARN),
        ("resolution", {"sheets": (Sheet(297.0, 1654, 2339),)}, Verdict.PASS),
        ("resolution", {"sheets": (Sheet(297.0, 1654, 2339),), "class_code": "KJ.02.DQ"}, Verdict.WARN),
        ("resolution", {"sheets": (Sheet(0.0, 1654, 2339),)}, Verdict.NOT_CHECKED),
        ("resolution", {"sheets": (replace(A4, scanned=False),)}, Verdict.PASS),
        ("active", {"flags": ("active-javascript",)}, Verdict.WARN),
        ("active", {"flags": ("launch-action",)}, Verdict.FATAL),
        ("active", {"flags": ("structure-not-verified",)}, Verdict.WARN),
        ("level", {"level_high_enough": False}, Verdict.FATAL),
        ("state-secret", {"marked": "机密★"}, Verdict.FATAL),
        ("trail", {"events": 0}, Verdict.FATAL),
    ],
)
def test_each_check_finds_what_it_is_for(code: str, change: dict[str, object], verdict: Verdict) -> None:
    line = found(replace(SOUND, **change), code)  # type: ignore[arg-type]  # one field of it, whichever
    assert line.verdict is verdict
    assert verdict_of([line]) is (Verdict.PASS if verdict is Verdict.NOT_CHECKED else verdict)


def test_every_finding_has_its_words_and_the_figures_they_ask_for() -> None:
    for line in examine(replace(SOUND, drawing_sheet="A1", declared_pages=3, pages_with_text=1)):
        assert WORDS[line.words] % dict(line.figures)


@pytest.mark.parametrize(
    ("sheet", "name"),
    [
        (Sheet(1189.0, 9933, 14043), "A0"),
        (Sheet(420.0, 4961, 3508), "A3"),
        (Sheet(241.0, 2846, 1654), "241×140 mm"),
        (Sheet(300.0, 2480, 3543), "A4"),
        (Sheet(330.0, 2480, 3508), ""),
        (Sheet(0.0, 2480, 3508), ""),
    ],
)
def test_paper_is_known_by_its_size(sheet: Sheet, name: str) -> None:
    assert sheet_named(sheet) == name


def test_attachments_are_counted_where_a_list_names_them() -> None:
    assert named_attachments("通知\n附件：1. 停水范围图\n2. 联系表\n2026年3月8日") == 2
    assert named_attachments("附件：停水范围图") == 1
    assert named_attachments("请查看附件中的说明。\n附件：无") == 0
    assert named_attachments("附件名称\n") == 0


# In the archive


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist, in an archive with one project."""
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


def notice(house: House, **told: str) -> DocumentId:
    pages = [told.pop("page", "停水")]
    return house.paper(title="停水通知", class_code="WS.02", doc_date="2026-03-08", pages=pages, **told)


def proof_of(house: House, chen: Actor, paper: DocumentId) -> Proof:
    return records.prove(house.archive, chen, paper)


def filed(house: House, chen: Actor, paper: DocumentId, proof: Proof | None = None) -> str:
    revision = house.document(paper).revision
    with house.work(chen) as work:
        row = records.file_document(work, paper, FACTS, PLACE, revision=revision, proof=proof)
    return row.archival_no


def reports(house: House, paper: DocumentId) -> list[CheckRow]:
    with house.archive.reading() as session:
        return records.checks(session, service_actor(), paper)


def waiting(house: House, topic: str) -> list[dict[str, object]]:
    with house.archive.reading() as session:
        rows = session.execute(text("SELECT payload FROM outbox_message WHERE topic = :t"), {"t": topic})
        import json

        return [json.loads(p) if isinstance(p, str) else p for (p,) in rows]


def verdicts(row: CheckRow) -> dict[str, Verdict]:
    return {line.code: line.verdict for line in row.lines}


def test_filing_keeps_a_report_of_the_version_that_was_filed(house: House, chen: Actor) -> None:
    paper = notice(house)
    filed(house, chen, paper, proof_of(house, chen, paper))
    (report,) = reports(house, paper)
    assert report.stage is CheckStage.FILING and report.by == chen.user_id
    assert report.version_id == house.document(paper).version_id
    found_of = verdicts(report)
    assert found_of["bytes"] is found_of["facts"] is found_of["trail"] is Verdict.PASS
    assert found_of["virus"] is Verdict.NOT_CHECKED
    assert waiting(house, "version.check") == []


def test_bytes_that_nobody_read_before_are_read_afterwards(house: House, chen: Actor) -> None:
    paper = notice(house)
    filed(house, chen, paper)
    (report,) = reports(house, paper)
    assert verdicts(report)["bytes"] is Verdict.NOT_CHECKED
    (message,) = waiting(house, "version.check")
    version_id = house.document(paper).version_id
    assert message == {"version_id": version_id, "stage": "delivery"}
    proof = proof_of(house, chen, paper)
    with house.work() as work:
        again = records.check_version(work, version_id, proof, CheckStage.DELIVERY)
    assert again is not None and verdicts(again)["bytes"] is Verdict.PASS


def test_damaged_bytes_stop_the_filing_and_no_number_is_lost(house: House, chen: Actor) -> None:
    paper = notice(house)
    blob = _place_of(house, house.document(paper).digest)
    blob.chmod(0o600)
    blob.write_bytes(b"something else")
    with pytest.raises(CheckFailed) as stopped:
        filed(house, chen, paper, proof_of(house, chen, paper))
    assert stopped.value.facts["checks"] == "bytes"
    assert "not the ones" in str(stopped.value)
    assert house.document(paper).archival_no == "" and reports(house, paper) == []
    with house.archive.reading() as session:
        assert session.get(NumberCounter, "WY01-WS·02·2026-D10-KF") is None
    blob.unlink()
    assert proof_of(house, chen, paper).digest == ""


def _place_of(house: House, digest: str) -> Path:
    with house.archive.blobs.local_path(parse_digest(digest)) as path:
        return path


def test_what_was_looked_at_must_be_what_is_filed(house: House, chen: Actor) -> None:
    paper = notice(house)
    proof = proof_of(house, chen, paper)
    with house.work() as work:
        records.add_version(work, paper, house.blob(b"new"), "重扫")
    house.is_read(paper, ["停水"])
    with pytest.raises(WrongState):
        filed(house, chen, paper, proof)


def test_warnings_are_confirmed_once_with_a_reason_by_who_files(house: House, chen: Actor) -> None:
    lin = house.person("林", "front_desk")
    paper = notice(house, page="停水通知\n附件：1. 范围图\n2. 联系表")
    filed(house, chen, paper, proof_of(house, chen, paper))
    (report,) = reports(house, paper)
    assert report.verdict is Verdict.WARN
    assert [line.code for line in report.warnings] == ["attachments"]
    with pytest.raises(Forbidden), house.work(lin) as work:
        records.confirm_warnings(work, paper, report.id, "看过")
    with pytest.raises(NeedsReason), house.work(chen) as work:
        records.confirm_warnings(work, paper, report.id, " ")
    with house.work(chen) as work:
        done = records.confirm_warnings(work, paper, report.id, "附件另行归档")
    assert done.confirmed_by == chen.user_id and done.confirmed_note == "附件另行归档"
    with pytest.raises(ConfirmedAlready), house.work(chen) as work:
        records.confirm_warnings(work, paper, report.id, "再看")


def test_a_report_is_never_changed_nor_removed(house: House, chen: Actor) -> None:
    paper = notice(house)
    filed(house, chen, paper)
    for statement in (
        "UPDATE property_check SET verdict = 'pass'",
        "UPDATE property_check_line SET verdict = 'pass'",
        "DELETE FROM property_check_line",
        "DELETE FROM property_check",
    ):
        with pytest.raises(IntegrityError), house.work() as work:
            work.session.execute(text(statement))


def test_anybody_who_files_has_it_checked_again_at_any_time(house: House, chen: Actor) -> None:
    paper = notice(house)
    proof = proof_of(house, chen, paper)
    with house.work(chen) as work:
        before = records.check_document(work, paper, proof)
    assert before.stage is CheckStage.REVIEW and "series" not in verdicts(before)
    filed(house, chen, paper, proof)
    with house.work(chen) as work:
        after = records.check_document(work, paper, proof)
    assert verdicts(after)["series"] is Verdict.PASS
    assert next(iter(reports(house, paper))).id == after.id
    lin = house.person("林", "front_desk")
    with pytest.raises(Forbidden), house.work(lin) as work:
        records.check_document(work, paper, proof)


def test_how_many_papers_a_series_has_is_told_to_who_sees_them_all(
    house: House, chen: Actor, lin: Actor
) -> None:
    paper = notice(house)
    filed(house, chen, paper)

    def told(who: Actor) -> Line:
        proof = proof_of(house, chen, paper)
        with house.work(chen) as work:
            records.check_document(work, paper, proof)
        with house.archive.reading() as session:
            lines = records.checks(session, who, paper)[0].lines
        return next(line for line in lines if line.code == "series")

    assert told(lin).figures == {"papers": 1}
    hidden = house.paper(
        title="停水通知", class_code="WS.02", level=Level.SENSITIVE, doc_date="2026-03-08", pages=["a"]
    )
    filed(house, chen, hidden)
    seen, all_seen = told(lin), told(chen)
    assert (seen.verdict, seen.figures, all_seen.figures) == (Verdict.PASS, {}, {"papers": 2})
    assert WORDS[seen.words] == "The numbers of its series have no gap."
    assert WORDS[all_seen.words] % all_seen.figures == "The numbers of its series have no gap (papers: 2)."


def test_new_content_that_fails_is_set_aside(house: House, chen: Actor) -> None:
    paper = notice(house)
    filed(house, chen, paper, proof_of(house, chen, paper))
    first = house.document(paper).version_id
    with house.work(chen) as work:
        second = records.add_version(work, paper, house.blob(b"new"), "重扫", code=records.ReasonCode.RESCAN)
    with house.work() as work:
        records.stop_reading(work, second, "broken", quarantine=True)
    (message,) = waiting(house, "version.check")
    assert message == {"version_id": second, "stage": "version"}
    proof = proof_of(house, chen, paper)
    with house.work() as work:
        report = records.check_version(work, second, proof, CheckStage.VERSION)
    assert report is not None and report.verdict is Verdict.FATAL
    row = house.document(paper)
    assert row.version_id == first and row.archival_no
    with house.archive.reading() as session:
        assert [v.number for v in records.versions(session, paper) if v.is_current] == [1]


def test_measured_pages_make_the_report(house: House, chen: Actor) -> None:
    paper = house.paper(title="停水通知", class_code="WS.02", doc_date="2026-03-08")
    with house.work() as work:
        version_id = house.document(paper).version_id
        records.start_reading(
            work,
            version_id,
            media_type="application/pdf",
            pages_total=1,
            flags=("active-javascript",),
            properties={"pdfa": "", "fonts": 2, "fonts_missing": 1, "signatures": 1},
        )
        page = page_facts(1, "停水")
        records.keep_page(
            work,
            version_id,
            replace(page, source="ocr", confidence=0.6, long_mm=297.0, full_width=1240, full_height=1754),
        )
        records.finish_reading(work, version_id)
    filed(house, chen, paper, proof_of(house, chen, paper))
    (report,) = reports(house, paper)
    assert {line.code for line in report.warnings} == {
        "signatures",
        "certainty",
        "fonts",
        "resolution",
        "active",
    }
    (resolution,) = [line for line in report.lines if line.code == "resolution"]
    assert resolution.figures == {"dpi": 150, "least": 200}
