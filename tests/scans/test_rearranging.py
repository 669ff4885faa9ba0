"""Scans are split, merged and turned; their sources stay as they were and come back when it is undone."""

import uuid

import pypdf
import pytest

from archive_service import people, records, scans
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError, Forbidden, NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.outbox import LeaseLost
from archive_service.records import Description, InboxPart
from archive_service.scans import Plan, RequestRow, RequestState, Source, read_parts
from archive_service.scans.rules.plans import (
    AlreadyUnderway,
    CanNotUndo,
    NothingChanges,
    NotMovable,
    NotRead,
    OnlyNewVersion,
    OutOfSight,
    SourceChanged,
)
from tests.scans.conftest import Counter, wide_pages
from tests.support.house import House
from tests.workers.test_handing_out import Post
from workers.relay import Relay


def asks(house: House, actor: Actor, parts: str, *papers: DocumentId, reason: str = "") -> int:
    sources = tuple(Source(paper, house.document(paper).version_number) for paper in papers)
    with house.work(actor) as work:
        return scans.rearrange(work, Plan(sources, read_parts(parts), reason))


def asked(house: House, request: int) -> RequestRow:
    with house.archive.reading() as session:
        return scans.request_unchecked(session, request)


def waiting(house: House, actor: Actor) -> set[uuid.UUID]:
    with house.archive.reading() as session:
        return {row.id for row in records.inbox(session, actor, InboxPart.ALL)}


def test_a_scan_of_three_papers_falls_into_three(house: House, counter: Counter, chen: Actor) -> None:
    pile = counter.scan(chen, "申请", "承诺", "押金", "图纸", title="一叠")
    request = asks(house, chen, "1-2 = 装修申请 | ZX.02\n3\n4", pile)
    counter.works()
    row = asked(house, request)
    assert row.state is RequestState.DONE
    first, second, third = (DocumentId(one) for one in row.results)
    assert [counter.widths(one) for one in (first, second, third)] == [[101, 102], [103], [104]]
    assert [counter.texts(one) for one in (first, second, third)] == [["申请", "承诺"], ["押金"], ["图纸"]]
    told = house.document(first)
    assert (told.title, told.class_code, told.state) == ("装修申请", "ZX.02", records.VersionState.SEARCHABLE)
    assert house.document(second).title == "一叠 2/3"
    assert waiting(house, chen) == {second, third}  # the first has a class
    old = house.document(pile)
    assert old.replaced_at is not None
    assert counter.widths(pile) == [101, 102, 103, 104]


def test_papers_are_merged_in_the_order_asked_for(house: House, counter: Counter, chen: Actor) -> None:
    front, back = counter.scan(chen, "正面一", "正面二"), counter.scan(chen, "反面一", "反面二", start=201)
    request = asks(house, chen, "A1 B1 A2 B2", front, back)
    counter.works()
    (made,) = (DocumentId(one) for one in asked(house, request).results)
    assert counter.widths(made) == [101, 201, 102, 202]
    assert counter.texts(made) == ["正面一", "反面一", "正面二", "反面二"]
    assert waiting(house, chen) == {made}


def test_one_paper_turned_and_reordered_gets_a_new_version(
    house: House, counter: Counter, chen: Actor
) -> None:
    paper = counter.scan(chen, "一", "二", "三")
    asks(house, chen, "3 1@90", paper, reason="顺序不对")
    counter.works()
    row = house.document(paper)
    assert (row.version_number, row.replaced_at) == (2, None)
    assert counter.widths(paper) == [103, 101]
    assert [page.rotation for page in counter.file(paper).pages] == [0, 90]
    assert counter.texts(paper) == ["三", ""]  # the turned page was read anew, and nothing stands on it
    with house.archive.reading() as session:
        assert records.version(session, paper, 2).reason == "顺序不对"


def test_what_was_read_turned_is_turned_in_the_file(house: House, counter: Counter, chen: Actor) -> None:
    """A page that reading had turned upright is upright in the new file too, for any viewer."""
    from dataclasses import replace

    from tests.support.papers import is_scanned, pictured_page

    with house.work(chen) as work:
        paper = records.add_document(work, house.blob(wide_pages(101, 102)), Description(title="横着扫的"))
    pages = [replace(pictured_page(house, 1, "横"), rotation=270), pictured_page(house, 2, "竖")]
    is_scanned(house, paper, pages)
    request = asks(house, chen, "1\n2", paper)
    counter.works()
    first = DocumentId(asked(house, request).results[0])
    assert counter.file(first).pages[0].rotation == 270
    with house.archive.reading() as session:
        assert records.page_rows(session, house.document(first).version_id)[0].rotation == 0


def test_undoing_brings_the_sources_back(house: House, counter: Counter, chen: Actor) -> None:
    pile = counter.scan(chen, "一", "二")
    request = asks(house, chen, "1\n2", pile)
    counter.works()
    results = asked(house, request).results
    with house.work(chen) as work:
        scans.undo(work, request)
    assert asked(house, request).state is RequestState.UNDONE
    assert waiting(house, chen) == {pile}
    assert all(house.document(DocumentId(one)).replaced_at for one in results)
    with pytest.raises(CanNotUndo), house.work(chen) as work:
        scans.undo(work, request)
    again = asks(house, chen, "2\n1", pile)
    counter.works()
    assert asked(house, again).state is RequestState.DONE


def test_what_went_on_can_not_be_undone(house: House, counter: Counter, chen: Actor) -> None:
    pile = counter.scan(chen, "一", "二", "三")
    request = asks(house, chen, "1\n2-3", pile)
    counter.works()
    further = asks(house, chen, "1\n2", DocumentId(asked(house, request).results[1]))
    with pytest.raises(CanNotUndo), house.work(chen) as work:
        scans.undo(work, request)
    counter.works()
    with pytest.raises(CanNotUndo), house.work(chen) as work:
        scans.undo(work, request)
    with house.work(chen) as work:
        scans.undo(work, further)
    with house.work(chen) as work:
        scans.undo(work, request)
    assert waiting(house, chen) == {pile}


def test_a_paper_is_taken_apart_by_one_at_a_time(house: House, counter: Counter, chen: Actor) -> None:
    pile = counter.scan(chen, "一", "二")
    asks(house, chen, "1\n2", pile)
    with pytest.raises(AlreadyUnderway):
        asks(house, chen, "2\n1", pile)


@pytest.mark.parametrize("what", ["version", "discarded", "filed", "locked", "role"])
def test_what_happens_to_a_source_meanwhile_stops_it_and_is_told(
    house: House, counter: Counter, chen: Actor, what: str
) -> None:
    pile = counter.scan(chen, "一", "二", class_code="WS.02" if what == "filed" else "")
    request = asks(house, chen, "1\n2", pile)
    if what == "version":
        with house.work(chen) as work:
            records.add_version(work, pile, house.blob(wide_pages(300)), "重扫")
    elif what == "discarded":
        with house.work(chen) as work:
            records.discard(work, pile)
    elif what == "filed":
        from sqlalchemy import text

        with house.archive.sessions.writing() as session:
            session.execute(text("UPDATE document SET archival_no = 'WY01-1'"))
    elif what == "locked":
        with house.work(house.person("周", "archivist")) as work:
            records.take_lock(work, pile)
    else:
        with house.work() as work:
            grant = people.queries.grants_of(work.session, work.now, chen.user_id)[0].id  # type: ignore[arg-type]
            people.revoke_role(work, chen.user_id, grant)  # type: ignore[arg-type]
    counter.works()
    row = asked(house, request)
    assert row.state is RequestState.FAILED
    assert (
        row.trouble
        in {
            "version": {"scan.source-changed"},
            "discarded": {"not-found"},
            "filed": {"scan.only-new-version"},
            "locked": {records.BeingEdited.code},
            "role": {"forbidden", "not-found"},
        }[what]
    )
    assert row.results == ()
    assert house.document(pile).replaced_at is None


def test_bytes_that_are_gone_are_told_of(house: House, counter: Counter, chen: Actor) -> None:
    pile = counter.scan(chen, "一", "二")
    request = asks(house, chen, "1\n2", pile)
    house.archive.blobs.remove(house.document(pile).digest)  # type: ignore[arg-type]
    counter.works()
    assert asked(house, request).trouble == "reading.bytes_missing"


def test_killed_before_the_end_it_is_made_again_and_once(house: House, counter: Counter, chen: Actor) -> None:
    pile = counter.scan(chen, "一", "二")
    request = asks(house, chen, "1\n2", pile)
    relay = Relay(counter.worker.tools, (post := Post()).send, counter.worker.keeper)
    relay.look()
    (first,) = [lease for lease in post if lease.topic == "scan.rearrange"]
    from archive_service import outbox
    from workers import rearranging

    with house.work() as work:
        outbox.release_all(work.session, work.now)  # the worker that had it is dead
    with pytest.raises(LeaseLost):
        rearranging.rearrange(counter.worker.tools, first)
    assert asked(house, request).state is RequestState.WANTED
    counter.works()
    assert len(asked(house, request).results) == 2
    with house.work(chen) as work:
        assert scans.finish(work, request, []) is False
    assert len(waiting(house, chen)) == 2


def test_who_sees_numbers_covered_moves_no_pages(
    house: House, counter: Counter, chen: Actor, lin: Actor
) -> None:
    """Whoever makes a paper sees it in clear: so nobody may make one of what they see covered."""
    theirs, own = counter.scan(chen, "一", "二", class_code="YZ.01"), counter.scan(lin, "三", "四")
    with pytest.raises(Forbidden):
        asks(house, lin, "1\n2", theirs)
    asks(house, lin, "1\n2", own)
    hidden = counter.scan(chen, "五", "六", class_code="YZ.02")
    with pytest.raises((NotFound, Forbidden, OutOfSight)):
        asks(house, lin, "1\n2", hidden)


def test_new_papers_are_no_less_confidential(house: House, counter: Counter, chen: Actor) -> None:
    pile = counter.scan(chen, "一", "二")
    with house.work(chen) as work:
        records.describe(work, pile, Description(title="机要", level=Level.CONFIDENTIAL), revision=1)
    request = asks(house, chen, "1 = a | WS.02\n2", pile)
    counter.works()
    levels = [house.document(DocumentId(one)).level for one in asked(house, request).results]
    assert levels == [Level.CONFIDENTIAL, Level.CONFIDENTIAL]


@pytest.mark.parametrize("told", ["", " = 通知 | WS.02"])
def test_a_merged_paper_is_as_confidential_as_the_most_of_its_sources(
    house: House, counter: Counter, chen: Actor, told: str
) -> None:
    """Also where nobody has said yet what one of them is."""
    unknown, public = counter.scan(chen, "一"), counter.scan(chen, "二", class_code="WS.02", start=201)
    request = asks(house, chen, "A1 B1" + told, unknown, public)
    counter.works()
    made = DocumentId(asked(house, request).results[0])
    assert house.document(made).level is Level.PERSONAL
    with house.work(chen) as work:
        row = records.describe(work, made, Description(title="通知", class_code="WS.02"), revision=1)
    assert row.level is Level.PERSONAL


def test_a_class_that_is_told_raises_the_level(house: House, counter: Counter, chen: Actor) -> None:
    pile = counter.scan(chen, "一", "二", class_code="WS.02")
    request = asks(house, chen, "1 = 身份证 | YZ.02\n2", pile)
    counter.works()
    levels = [house.document(DocumentId(one)).level for one in asked(house, request).results]
    assert levels == [Level.SENSITIVE, Level.PUBLIC]


def test_a_part_named_as_a_state_secret_is_refused_when_it_is_asked_for(
    house: House, counter: Counter, chen: Actor
) -> None:
    pile = counter.scan(chen, "一", "二")
    with pytest.raises(records.StateSecret):
        asks(house, chen, "1 = 秘密\n2", pile)
    assert asks(house, chen, "1 = 保守秘密承诺书\n2", pile)


def test_what_can_not_be_taken_apart_is_refused(house: House, counter: Counter, chen: Actor) -> None:
    unread, note = house.paper(chen), house.paper(chen, pages=["文字"])
    scan = counter.scan(chen, "一", "二")
    with pytest.raises(NotRead):
        asks(house, chen, "1", unread)
    with pytest.raises(NotMovable):
        asks(house, chen, "1", note)
    with pytest.raises(NothingChanges):
        asks(house, chen, "1-2", scan, reason="x")
    with pytest.raises(records.NeedsReason):
        asks(house, chen, "2 1", scan)
    with pytest.raises(SourceChanged), house.work(chen) as work:
        scans.rearrange(work, Plan((Source(scan, 7),), read_parts("1\n2")))
    for parts in ("1\n3", "1 1\n2", "B1", "1@90\n0", "1\n\n=x"):
        with pytest.raises(ArchiveError):
            asks(house, chen, parts, scan)
    assert waiting(house, chen) == {unread, note, scan}


def test_a_filed_paper_gets_a_new_version_and_nothing_else(
    house: House, counter: Counter, chen: Actor
) -> None:
    from sqlalchemy import text

    paper = counter.scan(chen, "一", "二", class_code="WS.02")
    with house.archive.sessions.writing() as session:
        session.execute(text("UPDATE document SET archival_no = 'WY01-1'"))
    with pytest.raises(OnlyNewVersion):
        asks(house, chen, "1\n2", paper)
    with pytest.raises(records.NeedsReason):
        asks(house, chen, "2 1", paper)
    request = asks(house, chen, "2 1", paper, reason="页序颠倒")
    counter.works()
    assert asked(house, request).results == (paper,)
    with house.archive.reading() as session:
        new = records.version(session, paper, 2)
    with house.archive.blobs.local_path(new.digest) as path:  # type: ignore[arg-type]
        assert [round(page.mediabox.width) for page in pypdf.PdfReader(path).pages] == [102, 101]
