import uuid

import pytest

from archive_service import audit, outbox, records
from archive_service.kernel.errors import ArchiveError, Forbidden, NotFound
from archive_service.kernel.levels import Level, Sight
from archive_service.records import (
    Description,
    DocumentFilter,
    InboxCounts,
    InboxPart,
    LevelTooLow,
    Received,
    VersionState,
)
from archive_service.records.rules import (
    MOVES,
    BadDate,
    NeedsReason,
    TooLong,
    VersionStep,
    WrongState,
    after,
    clean_date,
    clean_text,
    default_level,
    safe_file_name,
)
from archive_service.records.service.documents import SameBytes, StaleDescription
from tests.support.house import House


def test_a_received_paper_is_announced_and_traced_in_one_go(house: House) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, title="收楼验收单", class_code="YZ.01", unit="3-1201")
    row = house.document(paper, chen)
    assert (row.title, row.class_code, row.level) == ("收楼验收单", "YZ.01", Level.PERSONAL)
    assert (row.version_number, row.state) == (1, VersionState.RECEIVED)
    with house.archive.reading() as session:
        assert [(b.topic, b.open) for b in outbox.backlog(session)] == [
            ("version.read", 1),
            ("version.received", 1),
        ]
        (event,) = audit.trail(session, subject=f"document:{paper}")
    assert event.action == "document.added" and event.actor == f"user:{chen.user_id}/page"
    assert "收楼" not in str(event.facts)


def test_who_sees_a_paper_covered_learns_nothing_by_bytes_that_they_have(house: House) -> None:
    chen, lin = house.person("chen", "archivist"), house.person("lin", "front_desk")
    paper = house.paper(chen, b"first", class_code="YZ.01", pages=["一"])
    with house.work(lin) as work:
        records.add_version(work, paper, house.blob(b"first"), "重新扫描")
    assert house.document(paper).version_number == 2
    with pytest.raises(SameBytes), house.work(lin) as work:
        records.add_version(work, paper, house.blob(b"first"), "又一次")  # their own are no news to them
    with pytest.raises(SameBytes), house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"first"), "又一次")


def test_a_new_version_needs_a_reason_and_other_bytes(house: House) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, b"first", pages=["第一版"])
    with pytest.raises(NeedsReason), house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"second"), "  ")
    with pytest.raises(SameBytes), house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"first"), "重新扫描")
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"second"), "重新扫描")
    with house.archive.reading() as session:
        newest, oldest = records.versions(session, paper)
    assert (newest.number, newest.is_current, newest.reason) == (2, True, "重新扫描")
    assert (oldest.number, oldest.is_current, oldest.digest) == (1, False, house.blob(b"first").digest)


def test_a_description_keeps_what_stood_there_before(house: House) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, title="草稿")
    with house.work(chen) as work:
        row = records.describe(
            work,
            paper,
            Description(title="装修申请表", class_code="ZX.01", doc_date="2026年3月8日"),
            revision=1,
        )
    assert (row.title, row.level, row.doc_date, row.revision) == (
        "装修申请表",
        Level.PERSONAL,
        "2026-03-08",
        2,
    )
    with house.archive.reading() as session:
        (correction,) = records.corrections(session, paper)
    assert correction.before["title"] == "草稿" and correction.after["title"] == "装修申请表"


def test_two_people_at_one_form_do_not_overwrite_each_other(house: House) -> None:
    chen, zhao = house.person("chen", "archivist"), house.person("zhao", "archivist")
    paper = house.paper(chen)
    with house.work(chen) as work:
        records.describe(work, paper, Description(title="甲"), revision=1)
    with pytest.raises(StaleDescription), house.work(zhao) as work:
        records.describe(work, paper, Description(title="乙"), revision=1)
    assert house.document(paper).title == "甲"


def test_a_level_can_rise_and_never_falls_here(house: House) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, class_code="WS.01")
    floor = house.document(paper).level
    with house.work(chen) as work:
        row = records.describe(
            work, paper, Description(class_code="WS.01", level=Level.CONFIDENTIAL), revision=1
        )
    assert row.level is Level.CONFIDENTIAL
    with pytest.raises(LevelTooLow), house.work(chen) as work:
        records.describe(work, paper, Description(class_code="WS.01", level=floor), revision=2)


def test_the_front_desk_mends_its_own_papers_for_a_day(house: House) -> None:
    lin, other = house.person("lin", "front_desk"), house.person("mei", "front_desk")
    paper = house.paper(lin, class_code="YZ.01")
    with pytest.raises(Forbidden), house.work(other) as work:
        records.describe(work, paper, Description(title="别人的", class_code="YZ.01"), revision=1)
    with pytest.raises(NotFound), house.work(other) as work:
        records.describe(work, house.paper(lin), Description(title="还没归类的"), revision=1)
    with house.work(lin) as work:
        records.describe(work, paper, Description(title="我的", class_code="YZ.01"), revision=1)
    house.clock.passes(hours=25)
    with pytest.raises(Forbidden), house.work(lin) as work:
        records.describe(work, paper, Description(title="太晚了", class_code="YZ.01"), revision=2)


def test_what_one_may_not_see_is_not_there(house: House) -> None:
    chen, lin = house.person("chen", "archivist"), house.person("lin", "front_desk")
    admin = house.person("root", "it_admin")
    secret = house.paper(chen, b"same", class_code="YZ.02", level=Level.SENSITIVE)
    with house.archive.reading() as session:
        for actor in (lin, admin):
            with pytest.raises(NotFound):
                records.document(session, actor, secret)
            assert records.documents(session, actor) == []
            assert records.document_count(session, actor, DocumentFilter()) == 0
            assert records.same_bytes(session, actor, house.blob(b"same").digest) == []
            assert records.counts(session, actor).documents == 0
            assert records.class_counts(session, actor) == {}
    with pytest.raises(NotFound), house.work(lin) as work:
        records.add_version(work, secret, house.blob(b"x"), "试试")


def test_people_see_their_own_unclassed_papers_whatever_their_role(house: House) -> None:
    sun, wu = house.person("sun", "finance"), house.person("wu", "engineering")
    paper = house.paper(sun)
    assert records.sight_of(sun, house.document(paper, sun)) >= Sight.VIEW
    with house.archive.reading() as session, pytest.raises(NotFound):
        records.document(session, wu, paper)


def test_a_discarded_draft_is_out_of_sight_and_its_bytes_stay(house: House) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen, b"draft", pages=["草稿"])
    with house.work(chen) as work:
        records.discard(work, paper)
    with house.archive.reading() as session:
        assert records.documents(session, chen) == []
        digest = house.blob(b"draft").digest
        assert records.referenced_digests(session, [digest, "f" * 64]) == {digest}
        assert records.indexable_version_ids(session, 0) == []
    with pytest.raises(NotFound), house.work(chen) as work:
        records.describe(work, paper, Description(title="x"), revision=1)


def test_the_inbox_shows_each_paper_once(house: House) -> None:
    chen = house.person("chen", "archivist")
    papers = {house.paper(), house.paper(), house.paper(pages=["一"])}
    house.paper(class_code="WS.01")
    stuck = house.paper(class_code="WS.01")
    both = house.paper(chen)
    for one in (stuck, both):
        with house.work() as work:
            records.stop_reading(work, house.document(one).version_id, "broken", quarantine=True)
    gone = house.paper(chen)
    with house.work(chen) as work:
        records.discard(work, gone)
    with house.archive.reading() as session:
        rows = records.inbox(session, chen)
        assert [row.id for row in rows] == sorted({*papers, stuck, both}, reverse=True)
        in_two = records.inbox(session, chen, limit=2) + records.inbox(session, chen, offset=2, limit=3)
        assert in_two == rows
        for part, wanted in (
            (InboxPart.UNCLASSIFIED, {*papers, both}),
            (InboxPart.STUCK, {stuck, both}),
            (InboxPart.MINE, {both}),
        ):
            assert {row.id for row in records.inbox(session, chen, part)} == wanted
        assert records.inbox_counts(session, chen) == InboxCounts(
            all=5, unclassified=4, stuck=2, mine=1, described=2
        )


def test_the_inbox_counts_only_what_is_seen(house: House) -> None:
    lin = house.person("lin", "front_desk")
    for level in Level:
        house.paper(level=level)
    with house.archive.reading() as session:
        rows = records.inbox(session, lin)
        seen = {level for level in Level if lin.sight(level, None) >= Sight.MASKED}
        assert {row.level for row in rows} == seen < set(Level)
        counts = records.inbox_counts(session, lin)
    assert counts == InboxCounts(all=len(rows), unclassified=len(rows), stuck=0, mine=0)


def test_reading_goes_on_where_a_killed_worker_stopped(house: House) -> None:
    from tests.support.house import page_facts

    paper = house.paper()
    version_id = house.document(paper).version_id
    for numbers in ((1, 2), (2, 3)):
        with house.work() as work:
            records.start_reading(work, version_id, media_type="application/pdf", pages_total=3, flags=())
            for number in numbers:
                records.keep_page(work, version_id, page_facts(number, f"第{number}页"))
    with house.work() as work:
        records.finish_reading(work, version_id)
    row = house.document(paper)
    assert (row.state, row.pages_read, row.pages_total) == (VersionState.READABLE, 3, 3)
    with house.archive.reading() as session:
        (text,) = records.version_texts(session, [version_id])
    assert text.pages == ("第1页", "第2页", "第3页")


def test_trouble_can_be_tried_again(house: House) -> None:
    chen = house.person("chen", "archivist")
    paper = house.paper(chen)
    version_id = house.document(paper).version_id
    with house.work() as work:
        records.stop_reading(work, version_id, "password_protected", quarantine=True)
    row = house.document(paper, chen)
    assert (row.state, row.trouble) == (VersionState.QUARANTINED, "password_protected")
    with house.work(chen) as work:
        records.retry_reading(work, paper, 1)
    assert house.document(paper).state is VersionState.RECEIVED
    with pytest.raises(WrongState), house.work(chen) as work:
        records.retry_reading(work, paper, 1)


@pytest.mark.parametrize("state", list(VersionState))
@pytest.mark.parametrize("step", list(VersionStep))
def test_every_state_by_every_step(state: VersionState, step: VersionStep) -> None:
    sources, target = MOVES[step]
    if state in sources:
        assert after(state, step) is target
    else:
        with pytest.raises(WrongState):
            after(state, step)


@pytest.mark.parametrize(
    ("written", "kept"),
    [
        ("2026-03-08", "2026-03-08"),
        ("2026年3月8日", "2026-03-08"),
        ("2026.3.8", "2026-03-08"),
        ("２０２６０３０８", "2026-03-08"),
        ("2026年3月", "2026-03"),
        ("2026", "2026"),
        ("", ""),
    ],
)
def test_dates_are_taken_as_people_write_them(written: str, kept: str) -> None:
    assert clean_date(written) == kept


@pytest.mark.parametrize("written", ["2026-02-30", "昨天", "2026-13", "0026-01-01", "1' OR '1'='1"])
def test_what_is_no_date_is_refused(written: str) -> None:
    with pytest.raises(BadDate):
        clean_date(written)


@pytest.mark.parametrize(
    ("came", "kept"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("a\x00b\r\nc.pdf", "a b c.pdf"),
        ("gpj.\u202efdp", "gpj.fdp"),
        ("", "file"),
        ("...", "file"),
        ("图" * 200 + ".pdf", "图" * 65 + ".pdf"),
    ],
)
def test_file_names_are_data(came: str, kept: str) -> None:
    assert safe_file_name(came).replace("ab", "a b") == kept
    assert len(safe_file_name(came).encode()) <= 200


def test_texts_lose_what_nobody_can_see() -> None:
    assert clean_text(" 甲\u200b\u202e 乙\r\n丙 ") == "甲 乙 丙"
    assert clean_text("甲\u3164\u034f乙\u2800") == "甲乙"
    assert clean_text("葛\U000e0100 e\u034f\u0301") == "葛\U000e0100 é"


@pytest.mark.parametrize(
    "nothing", ["\u200b \u202e", "\u3164", "\uffa0\u1160", "\u2800", "\u034f", "\ufe0f \u0301"]
)
def test_a_text_of_which_nothing_can_be_seen_is_none(nothing: str) -> None:
    assert clean_text(nothing) == ""


def test_the_level_is_the_classs_or_higher() -> None:
    assert default_level(None, None) is Level.PERSONAL
    assert default_level(Level.CONFIDENTIAL, Level.PUBLIC) is Level.CONFIDENTIAL
    assert default_level(Level.INTERNAL, Level.SENSITIVE) is Level.SENSITIVE


@pytest.mark.parametrize(
    "raw",
    [
        Description(title="长" * 256),
        Description(unit="x" * 65),
        Description(class_code="YZ"),
        Description(class_code="ZZ.99"),
    ],
)
def test_what_does_not_fit_is_refused_whole(house: House, raw: Description) -> None:
    with pytest.raises(ArchiveError) as refused, house.work(house.person("chen", "archivist")) as work:
        records.add_document(work, house.blob(b"x"), raw)
    assert isinstance(refused.value, TooLong) or refused.value.code == "classification.unknown-class"
    with house.archive.reading() as session:
        assert records.document_count(session, house.person("zhao", "archivist"), DocumentFilter()) == 0


def test_a_stranger_uploads_nothing(house: House) -> None:
    with pytest.raises(Forbidden), house.work(house.person("he", "auditor")) as work:
        records.add_document(work, Received("0" * 64, 1, "x.pdf"), Description())
    with house.archive.reading() as session, pytest.raises(NotFound):
        records.document(session, house.person("chen", "archivist"), uuid.uuid4())
