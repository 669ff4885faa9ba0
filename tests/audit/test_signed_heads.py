"""The day's last row is signed and kept outside the database: what somebody with the database in hand does is found."""

import json
import stat
from collections.abc import Callable

import pytest
from click.testing import CliRunner
from sqlalchemy import insert, text

from archive_service import audit
from archive_service.audit import GENESIS, EventFacts, Fault, SignedHead, chained_hash
from archive_service.audit.models import AuditEvent, AuditHead
from archive_service.audit.rules.heads import private_key
from archive_service.cli import main
from tests.support.house import House


def sign(house: House) -> SignedHead | None:
    settings = house.archive.settings
    with house.work() as work:
        key = audit.signing_key(settings.data_dir)
        return audit.sign_head(work.session, work.now, "service/job", key, settings.heads_dir)


def faults(house: House) -> list[Fault]:
    settings = house.archive.settings
    key = audit.signing_key(settings.data_dir).public_key()
    with house.archive.reading() as session:
        return audit.examine(session, settings.heads_dir, key)


@pytest.fixture
def three_days(house: House) -> House:
    """Each with five rows and its signed head, shortly after midnight; then a few rows of today."""
    for day in range(3):
        for n in range(5):
            with house.work() as work:
                work.audit("thing.changed", f"thing:{day}{n}", how="gently")
        house.clock.passes(hours=15, minutes=7)  # 9 o'clock in the morning, then just after midnight
        assert sign(house) is not None
        assert sign(house) is None  # one a day
        house.clock.passes(hours=8, minutes=53)
    for n in range(3):
        with house.work() as work:
            work.audit("thing.changed", f"thing:9{n}")
    assert faults(house) == []
    return house


def tamper(
    house: House, change: Callable[[list[AuditEvent]], list[AuditEvent]], *, chained: bool = False
) -> None:
    """Somebody writes the table as they like: triggers off, what ``change`` makes of the rows, the last one noted
    so that it fits. ``chained``: every hash made anew."""
    with house.work() as work:
        session = work.session
        if session.get_bind().dialect.name == "sqlite":
            session.execute(text("DROP TRIGGER IF EXISTS audit_event_no_update"))
            session.execute(text("DROP TRIGGER IF EXISTS audit_event_no_delete"))
        else:
            session.execute(text("DROP TRIGGER IF EXISTS audit_event_append_only ON audit_event"))
        rows = list(session.query(AuditEvent).order_by(AuditEvent.seq))
        session.expunge_all()
        kept = change(rows)
        if chained:
            before = GENESIS
            for row in kept:
                row.prev_hash = before
                row.hash = before = _hash(row)
        copies = [{c.name: getattr(row, c.name) for c in AuditEvent.__table__.columns} for row in kept]
        session.execute(text("DELETE FROM audit_event"))
        session.execute(insert(AuditEvent), copies)
        head = session.get(AuditHead, 1)
        assert head is not None
        head.seq, head.hash = kept[-1].seq, kept[-1].hash


def _hash(row: AuditEvent) -> str:
    return chained_hash(
        EventFacts(row.seq, row.at, row.actor, row.action, row.subject, row.facts), row.prev_hash
    )


def flipped(rows: list[AuditEvent]) -> list[AuditEvent]:
    rows[3].facts = {"how": "gentlx"}
    return rows


def middle_dropped(rows: list[AuditEvent]) -> list[AuditEvent]:
    return rows[:7] + rows[8:]


def tail_dropped(rows: list[AuditEvent]) -> list[AuditEvent]:
    return rows[:9]


def reordered(rows: list[AuditEvent]) -> list[AuditEvent]:
    one, other = rows[4], rows[5]
    one.seq, other.seq = other.seq, one.seq
    one.hash, other.hash = _hash(one), _hash(other)
    rows[4], rows[5] = other, one
    return rows


def forged(rows: list[AuditEvent]) -> list[AuditEvent]:
    rows[6].actor = "user:9/page"
    rows[6].hash = _hash(rows[6])
    return rows


def written_anew(rows: list[AuditEvent]) -> list[AuditEvent]:
    rows[2].actor = "user:9/page"
    return rows


@pytest.mark.parametrize(
    ("change", "chained", "code"),
    [
        (flipped, False, "content"),
        (middle_dropped, False, "gap"),
        (tail_dropped, False, "head-cut"),
        (reordered, False, "link"),
        (forged, False, "link"),
        (written_anew, True, "head-differs"),
    ],
    ids=[
        "a flipped byte",
        "a middle row dropped",
        "the tail dropped",
        "rows reordered",
        "a row forged",
        "all anew",
    ],
)
def test_six_tamperings_are_found_and_told_in_words(
    three_days: House, change: Callable[[list[AuditEvent]], list[AuditEvent]], chained: bool, code: str
) -> None:
    tamper(three_days, change, chained=chained)
    found = faults(three_days)
    assert code in [fault.code for fault in found]
    for fault in found:
        words = audit.told(fault)
        assert "Stop the service" in words.english and "请停止服务" in words.chinese
        assert "{" not in words.english + words.chinese


def test_after_chaining_anew_the_chain_alone_would_look_whole(three_days: House) -> None:
    tamper(three_days, written_anew, chained=True)
    with three_days.archive.reading() as session:
        assert audit.verify(session) is None
    assert [f.code for f in faults(three_days)] == ["head-differs"] * 3


@pytest.mark.parametrize("which", [0, 1, 2])
def test_a_head_that_was_taken_away_is_missed(three_days: House, which: int) -> None:
    path = sorted(three_days.archive.settings.heads_dir.iterdir())[which]
    path.unlink()
    assert ("head-lost", path.name) in [(f.code, f.file) for f in faults(three_days)]


def test_a_head_that_was_changed_or_signed_by_another_key_is_none(three_days: House) -> None:
    folder = three_days.archive.settings.heads_dir
    path = sorted(folder.iterdir())[1]
    told = json.loads(path.read_text())
    path.chmod(0o600)
    path.write_text(json.dumps({**told, "seq": told["seq"] - 1}))
    assert ("head-bad", path.name) in [(f.code, f.file) for f in faults(three_days)]
    with three_days.archive.reading() as session:
        other = private_key("another secret").public_key()
        assert {f.code for f in audit.examine(session, folder, other)} == {"head-bad"}


def test_heads_and_key_are_readable_by_their_owner_alone(three_days: House) -> None:
    settings = three_days.archive.settings
    files = [*settings.heads_dir.iterdir(), settings.data_dir / "keys" / "audit-signing"]
    assert len(files) == 4
    assert all(stat.S_IMODE(path.stat().st_mode) & 0o077 == 0 for path in files)


def test_cut_off_between_the_file_and_the_row_the_next_try_tells_of_it(house: House) -> None:
    settings = house.archive.settings
    key = audit.signing_key(settings.data_dir)
    with house.work() as work:
        work.audit("thing.changed", "thing:1")
    with pytest.raises(ZeroDivisionError), house.work() as work:
        audit.sign_head(work.session, work.now, "service/job", key, settings.heads_dir)
        raise ZeroDivisionError
    assert len(list(settings.heads_dir.iterdir())) == 1
    assert faults(house) == []
    assert sign(house) is not None
    assert len(list(settings.heads_dir.iterdir())) == 1
    assert faults(house) == []


def test_the_command_says_what_is_wrong(three_days: House, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = three_days.archive.settings
    monkeypatch.setenv("ARCHIVE_DATA_DIR", str(settings.data_dir))
    monkeypatch.setenv("ARCHIVE_DATABASE_URL", settings.database_url)
    well = CliRunner().invoke(main, ["audit", "verify"])
    assert well.exit_code == 0 and "3 signed heads hold" in well.output
    key = CliRunner().invoke(main, ["audit", "key"]).output.strip()
    assert CliRunner().invoke(main, ["audit", "verify", "--public-key", key]).exit_code == 0
    tamper(three_days, tail_dropped)
    wrong = CliRunner().invoke(main, ["audit", "verify"])
    assert wrong.exit_code == 1
    assert "its end was cut off" in wrong.output and "末尾被截去" in wrong.output
