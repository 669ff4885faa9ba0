"""A person is told something once, reads it, and nobody else does."""

from datetime import date

import pytest

from archive_service import outbox, reminders
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.ids import UserId
from archive_service.reminders import Channel, DeliveryState, NoticeId, Places, Trouble
from tests.support.counting import counted
from tests.support.house import House


@pytest.fixture
def lin(house: House) -> Actor:
    return house.person("林", "front_desk")


def _tells(house: House, to: Actor, key: str = "loan:12/due", **facts: object) -> bool:
    assert to.user_id is not None
    with house.work() as work:
        return reminders.notify(work, to.user_id, "loan.due", "loan:12", key, facts or {"slip": "L2026-0012"})


def _own(house: House, who: Actor, *, unread: bool = False) -> list[reminders.NoticeRow]:
    with house.archive.reading() as session:
        return reminders.notices(session, who, unread=unread)


def _published(house: House, topic: str) -> list[dict[str, object]]:
    with house.archive.reading() as session:
        return [dict(one) for one in outbox.open_payloads(session, topic)]


def test_what_is_told_twice_under_one_key_was_told_once(house: House, lin: Actor) -> None:
    assert _tells(house, lin)
    assert not _tells(house, lin)
    assert _tells(house, lin, key="loan:12/overdue-1")
    chen = house.person("陈", "archivist")
    assert _tells(house, chen)  # somebody else is told by the same key
    assert len(_own(house, lin)) == 2
    assert len(_published(house, "notice.sent")) == 3


def test_a_notice_that_is_not_committed_was_never_told(house: House, lin: Actor) -> None:
    assert lin.user_id is not None
    with pytest.raises(RuntimeError), house.work() as work:
        reminders.notify(work, lin.user_id, "loan.due", "loan:12", "loan:12/due", {})
        raise RuntimeError
    assert _own(house, lin) == []
    assert _published(house, "notice.sent") == []


def test_nobody_who_does_not_exist_is_told(house: House) -> None:
    with pytest.raises(Exception, match=r"(?i)foreign key"), house.work() as work:
        reminders.notify(work, UserId(999_999), "loan.due", "loan:12", "loan:12/due", {})


def test_facts_are_codes_and_days(house: House, lin: Actor) -> None:
    assert _tells(house, lin, slip="L2026-0012", due=date(2026, 3, 9), count=3, archival="YH·YZ·2026")
    (told,) = _own(house, lin)
    assert told.facts == {"slip": "L2026-0012", "due": "2026-03-09", "count": 3, "archival": "YH·YZ·2026"}


@pytest.mark.parametrize("value", ["王示例", "3栋1201收楼验收单", "a" * 81, "x@example.com", None, ["L1"]])
def test_names_and_titles_are_no_facts(house: House, lin: Actor, value: object) -> None:
    with pytest.raises(ValueError, match="borrower") as told:
        _tells(house, lin, borrower=value)
    assert str(value) not in str(told.value)  # it would stand in a log
    assert _own(house, lin) == []


@pytest.mark.parametrize(("kind", "subject", "key"), [("", "a", "b"), ("Loan due", "a", "b"), ("a", "", "b")])
def test_kinds_subjects_and_keys_are_codes(
    house: House, lin: Actor, kind: str, subject: str, key: str
) -> None:
    assert lin.user_id is not None
    with pytest.raises(ValueError, match="codes"), house.work() as work:
        reminders.notify(work, lin.user_id, kind, subject, key, {})


def test_reading_ones_own(house: House, lin: Actor) -> None:
    for n in range(3):
        _tells(house, lin, key=f"loan:{n}/due")
    newest, middle, _oldest = _own(house, lin)
    with house.work(lin) as work:
        reminders.mark_read(work, middle.id)
        reminders.mark_read(work, middle.id)
    assert len(_own(house, lin, unread=True)) == 2
    _tells(house, lin, key="loan:9/due")
    with house.work(lin) as work:
        assert reminders.mark_all_read(work, newest.id) == 2
    # What came after they looked stays unread.
    assert [one.key for one in _own(house, lin, unread=True)] == ["loan:9/due"]


def test_nobody_reads_what_others_are_told(house: House, lin: Actor) -> None:
    _tells(house, lin)
    (told,) = _own(house, lin)
    chen = house.person("陈", "archivist")
    assert _own(house, chen) == []
    with pytest.raises(NotFound), house.work(chen) as work:
        reminders.mark_read(work, told.id)
    with house.work(chen) as work:
        assert reminders.mark_all_read(work, NoticeId(told.id + 1)) == 0
    assert len(_own(house, lin, unread=True)) == 1


def test_the_bell_costs_one_statement(house: House, lin: Actor) -> None:
    _tells(house, lin)
    assert lin.user_id is not None
    with counted(house.archive.sessions.engine) as sent, house.archive.reading() as session:
        assert reminders.unread_count(session, lin.user_id) == 1
    assert sent.count == 1


def test_each_way_that_is_set_gets_one_delivery(house: House, lin: Actor) -> None:
    _tells(house, lin)
    (told,) = _own(house, lin)
    hooks = ("qyapi.weixin.qq.com#1", "oapi.dingtalk.com#2")
    with house.work() as work:
        # Nobody knows an e-mail address of theirs.
        assert reminders.prepare_deliveries(work, told.id, Places(True, hooks)) == 2
        assert reminders.prepare_deliveries(work, told.id, Places(True, hooks)) == 0
    assert len(_published(house, "delivery.wanted")) == 2
    with house.work() as work:
        assert reminders.prepare_deliveries(work, told.id, reminders.NO_PLACES) == 0


def test_what_became_of_a_delivery(house: House, lin: Actor) -> None:
    _tells(house, lin)
    (told,) = _own(house, lin)
    with house.work() as work:
        reminders.prepare_deliveries(work, told.id, Places(False, ("hook#1", "hook#2")))
    one, two = (
        reminders.DeliveryId(int(str(p["delivery_id"]))) for p in _published(house, "delivery.wanted")
    )
    with house.work() as work:
        reminders.not_sent(work, one, Trouble.UNREACHABLE)
        reminders.not_sent(work, two, Trouble.REDIRECTED)
    with house.archive.reading() as session:
        troubled = {row.id: row for row in reminders.troubled(session)}
    assert (troubled[one].state, troubled[one].tries) == (DeliveryState.FAILED, 1)
    assert troubled[two].state is DeliveryState.GIVEN_UP
    with house.work() as work:
        reminders.was_sent(work, one)
        reminders.given_up(work, one)  # too late: it arrived
    with house.archive.reading() as session:
        row = reminders.delivery(session, one)
        assert row is not None
        assert (row.state, row.tries, row.trouble) == (DeliveryState.SENT, 2, "")
        assert reminders.last_sent(session).keys() == {Channel.WEBHOOK}
