"""The bell, one's notices, and what the system page tells of sending them on."""

import pytest

from archive_service import reminders
from archive_service.kernel.actor import Actor
from archive_service.reminders import Places, Trouble, Words
from archive_service.reminders.web import register, register_words
from archive_service.settings import Settings
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk

WORDS = {
    "book.due": Words("Loan %(slip)s is due.", "/loans/%(slip)s", "clock"),
    "book.away": Words("Loan %(slip)s is due.", "//evil.example/%(slip)s"),
}


@pytest.fixture
def desk(house: House) -> Desk:
    made = Desk(house.archive)
    register(made.app)
    register_words(made.app, WORDS)
    return made


@pytest.fixture
def lin(house: House) -> Actor:
    return house.person("林", "front_desk")


def tells(house: House, to: Actor, key: str, kind: str = "book.due") -> None:
    assert to.user_id is not None
    with house.work() as work:
        reminders.notify(work, to.user_id, kind, "loan:12", key, {"slip": "L2026-0012/3"})


def test_the_bell_counts_what_is_unread_and_one_click_reads_and_opens(
    house: House, desk: Desk, lin: Actor
) -> None:
    tells(house, lin, "a")
    tells(house, lin, "b")
    with desk.reads("en"):
        shown = desk.sits(lin).get("/notices").text
        assert "Loan L2026-0012/3 is due." in shown
        assert "2 unread" in shown
        opened = desk.sits(lin).post("/notices/1/opening")
        assert (opened.status_code, opened.location) == (303, "/loans/L2026-0012%2F3")
        assert "1 unread" in desk.sits(lin).get("/notices").text
        assert desk.sits(lin).post("/notices/2/reading").status_code == 303
        assert "unread" not in desk.sits(lin).get("/notices").text.partition("<main")[0]
        assert "Everything is read" in desk.sits(lin).get("/notices?show=unread").text


def test_all_that_was_looked_at_is_read_at_once(house: House, desk: Desk, lin: Actor) -> None:
    for key in "abc":
        tells(house, lin, key)
    assert desk.sits(lin).post("/notices/reading", data={"up_to": "2"}).status_code == 303
    with house.archive.reading() as session:
        assert lin.user_id is not None
        assert reminders.unread_count(session, lin.user_id) == 1
    assert desk.sits(lin).post("/notices/reading", data={"up_to": "x"}).status_code == 422


def test_nobody_opens_what_others_were_told(house: House, desk: Desk, lin: Actor) -> None:
    tells(house, lin, "a")
    chen = house.person("陈", "archivist")
    assert desk.sits(chen).post("/notices/1/opening").status_code == 404
    assert desk.sits(chen).post("/notices/1/reading").status_code == 404
    assert "L2026" not in desk.sits(chen).get("/notices").text


def test_a_notice_leads_to_no_other_service(house: House, desk: Desk, lin: Actor) -> None:
    tells(house, lin, "a", "book.away")
    assert desk.sits(lin).post("/notices/1/opening").location == "/notices"


def test_a_kind_whose_words_nobody_knows_any_more_is_told_all_the_same(
    house: House, desk: Desk, lin: Actor
) -> None:
    tells(house, lin, "a", "loan.of-an-older-make")
    assert "您有一条新通知" in desk.sits(lin).get("/notices").text


def test_two_capabilities_cannot_give_words_to_one_kind(desk: Desk) -> None:
    with pytest.raises(ValueError, match=r"book\.due"):
        register_words(desk.app, {"book.due": WORDS["book.due"]})


def test_the_list_takes_as_many_statements_however_long_it_is(house: House, desk: Desk, lin: Actor) -> None:
    def look() -> int:
        with counted(house.archive.sessions.engine) as sent:
            assert desk.sits(lin).get("/notices").status_code == 200
        return sent.count

    tells(house, lin, "a")
    before = look()
    for n in range(40):
        tells(house, lin, f"more-{n}")
    assert look() == before <= 3


def test_the_administrator_sees_what_was_not_sent_and_tries_again(house: House) -> None:
    office = Settings(
        **{
            **house.archive.settings.model_dump(),
            "smtp_url": "smtps://u:geheim@mail.example.cn?from=a@example.cn",
        }
    )
    object.__setattr__(house.archive, "settings", office)
    desk = Desk(house.archive)
    register(desk.app)
    admin = house.person("安", "it_admin")
    assert desk.sits(admin).post("/system/reminders/trial").status_code == 303
    with house.work() as work:
        reminders.prepare_deliveries(
            work, reminders.NoticeId(1), Places(False, ("wecom#1 qyapi.weixin.qq.com",))
        )
        reminders.not_sent(work, reminders.DeliveryId(1), Trouble.UNREACHABLE)
    shown = desk.sits(admin).get("/system").text
    assert "mail.example.cn" in shown and "geheim" not in shown
    assert "连不上服务器" in shown and "wecom#1 qyapi.weixin.qq.com" in shown
    chen = house.person("陈", "archivist")
    assert "trial" not in desk.sits(chen).get("/system").text
    assert desk.sits(chen).post("/system/reminders/trial").status_code == 403
