"""Mail and webhooks leave the service, through servers that answer well, badly, slowly or not at all."""

import base64
import hashlib
import hmac
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

import pytest

from archive_service import outbox, people, reminders
from archive_service.bootstrap import Archive, open_archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.outgoing import MailServer, Security, Webhook, WebhookKind, webhooks
from archive_service.reminders import DeliveryRow, DeliveryState, Trouble
from archive_service.reminders.rules import TRIAL
from archive_service.settings import Settings
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.post_office import GroupChat, PostOffice, group_chat, post_office
from workers.channels import NotSent, mail, webhook
from workers.leases import Lease
from workers.runtime import Worker

NOW = datetime(2026, 3, 9, 1, 0, tzinfo=UTC)


def letter(to: str = "lin@example.cn") -> mail.Letter:
    return mail.Letter(
        to, "借阅 L2026-0012 明天到期。", "借阅 L2026-0012 明天到期。\n", "<notice-1@example.cn>", NOW
    )


def server_of(office: PostOffice, **told: str) -> MailServer:
    return MailServer("127.0.0.1", office.port, Security.NONE, "archive@example.cn", **told)


def test_a_mail_arrives_as_it_was_written() -> None:
    with post_office() as office:
        mail.post(server_of(office), letter())
    (arrived,) = office.letters
    assert (arrived["From"], arrived["To"]) == ("archive@example.cn", "lin@example.cn")
    assert arrived["Subject"] == "借阅 L2026-0012 明天到期。"
    assert arrived.get_content().splitlines() == ["借阅 L2026-0012 明天到期。"]
    assert (arrived["Message-ID"], arrived["Auto-Submitted"]) == ("<notice-1@example.cn>", "auto-generated")


def test_a_mail_server_that_asks_for_a_password() -> None:
    with post_office(PostOffice(password="right")) as office:
        mail.post(server_of(office, user="archive", password="right"), letter())
        assert len(office.letters) == 1
        with pytest.raises(NotSent, match=Trouble.SIGN_IN_REFUSED):
            mail.post(server_of(office, user="archive", password="wrong"), letter())


@pytest.mark.parametrize(
    ("office", "trouble"),
    [
        (PostOffice(refuses=frozenset({"lin@example.cn"})), Trouble.ADDRESS_REFUSED),
        (PostOffice(says="554 we think it is advertising"), Trouble.MESSAGE_REFUSED),
        (PostOffice(says="452 the disk is full"), Trouble.MESSAGE_REFUSED),
        (PostOffice(silent=True), Trouble.TOO_SLOW),
    ],
)
def test_a_mail_server_that_does_not_take_it(office: PostOffice, trouble: Trouble) -> None:
    with post_office(office), pytest.raises(NotSent) as told:
        mail.post(server_of(office), letter(), seconds=0.3)
    assert told.value.trouble is trouble
    assert "lin@" not in str(told.value)
    assert told.value.__cause__ is None


def test_a_password_is_not_told_to_a_server_without_tls() -> None:
    with post_office(PostOffice(password="right")) as office, pytest.raises(NotSent) as told:
        mail.post(
            MailServer("127.0.0.1", office.port, Security.STARTTLS, "a@example.cn", "archive", "right"),
            letter(),
        )
    assert told.value.trouble is Trouble.NOT_TRUSTED
    assert office.letters == []


def test_nobody_is_there() -> None:
    with post_office() as office:
        pass
    with pytest.raises(NotSent, match=Trouble.UNREACHABLE):
        mail.post(server_of(office), letter())


def hook_of(chat: GroupChat, kind: str = "wecom", secret: str = "") -> Webhook:
    (hook,) = webhooks(f"{kind}+http://127.0.0.1:{chat.port}/send?key=k{secret}", "127.0.0.1")
    return hook


def test_a_robot_of_wecom_says_it() -> None:
    with group_chat() as chat:
        webhook.call(hook_of(chat), "档案提醒", "借阅 L2026-0012 明天到期。", NOW)
    ((path, body),) = chat.calls
    assert path == "/send?key=k"
    assert json.loads(body) == {
        "msgtype": "markdown",
        "markdown": {"content": "**档案提醒**\n借阅 L2026-0012 明天到期。"},
    }


def test_a_robot_of_dingtalk_gets_its_signature() -> None:
    with group_chat() as chat:
        webhook.call(hook_of(chat, "dingtalk", "#SECret"), "档案提醒", "请查看。", NOW)
    ((path, body),) = chat.calls
    told = {name: values[0] for name, values in parse_qs(urlsplit(path).query).items()}
    assert told["timestamp"] == str(int(NOW.timestamp() * 1000))
    signed = hmac.new(b"SECret", f"{told['timestamp']}\nSECret".encode(), hashlib.sha256).digest()
    assert base64.b64decode(told["sign"]) == signed
    assert json.loads(body)["markdown"]["title"] == "档案提醒"


@pytest.mark.parametrize(
    ("behaves", "trouble"),
    [
        ("hangs", Trouble.TOO_SLOW),
        ("trickles", Trouble.TOO_SLOW),
        ("redirects", Trouble.REDIRECTED),
        ("fails", Trouble.ANSWERED_BADLY),
        ("refuses", Trouble.ANSWERED_BADLY),
        ("floods", Trouble.TOO_MUCH),
    ],
)
def test_a_webhook_that_does_not_take_it(behaves: str, trouble: Trouble) -> None:
    with group_chat(behaves) as chat:
        with pytest.raises(NotSent) as told:
            webhook.call(hook_of(chat), "档案提醒", "请查看。", NOW, seconds=0.5)
        assert [path for path, _ in chat.calls] == ["/send?key=k"]  # nobody went on to elsewhere
    assert told.value.trouble is trouble


def test_an_address_of_the_house_is_not_called_by_a_name_of_the_world() -> None:
    with group_chat() as chat:
        known = hook_of(chat)
        pretended = Webhook("w", WebhookKind.WECOM, "localhost", known.port, False, False, known.target)
        with pytest.raises(NotSent) as told:
            webhook.call(pretended, "档案提醒", "请查看。", NOW)
    assert told.value.trouble is Trouble.PLACE_REFUSED
    assert chat.calls == []


@pytest.fixture
def wired(settings: Settings, clock: MovableClock) -> Iterator[tuple[House, PostOffice, GroupChat]]:
    """An archive with a mail server and a group's robot."""
    with post_office() as office, group_chat() as chat:
        told = {
            "smtp_url": f"smtp://127.0.0.1:{office.port}?from=archive@example.cn",
            "webhook_hosts": "127.0.0.1",
            "webhook_urls": f"wecom+http://127.0.0.1:{chat.port}/send?key=k",
            "public_url": "https://archive.example.cn",
        }
        opened = open_archive(Settings(**{**settings.model_dump(), **told}), clock)
        yield House(opened, clock), office, chat
        opened.close()


def works(archive: Archive) -> None:
    """What a worker does until nothing is due."""
    worker = Worker(archive)
    try:
        while _one_round(worker, archive):
            pass
    finally:
        worker.tools.reader.close()


def _one_round(worker: Worker, archive: Archive) -> bool:
    done = False
    for topic in ("notice.sent", "delivery.wanted"):
        with archive.sessions.writing() as session:
            claimed = outbox.claim(session, archive.clock.now(), topic, 1, alone=True)
        if claimed is not None:
            worker.handle(Lease(claimed.topic, claimed.lease, claimed.ids))
            done = True
    return done


def deliveries(house: House) -> list[DeliveryRow]:
    with house.archive.reading() as session:
        return reminders.troubled(session)


def lin_of(house: House, email: str | None = "lin@example.cn") -> Actor:
    with house.work() as work:
        user_id = people.add_person(work, name="lin", display_name="林", email=email, roles=["front_desk"])
    with house.archive.reading() as session:
        actor = people.actor_of(session, user_id, house.clock.now(), via="page")
    assert actor is not None
    return actor


def tells(house: House, to: Actor) -> None:
    assert to.user_id is not None
    with house.work() as work:
        reminders.notify(work, to.user_id, TRIAL, "loan:12", "loan:12/due", {})


def test_a_notice_goes_out_by_every_way_that_is_set(wired: tuple[House, PostOffice, GroupChat]) -> None:
    house, office, chat = wired
    tells(house, lin_of(house))
    works(house.archive)
    (arrived,) = office.letters
    assert arrived["To"] == "lin@example.cn"
    assert arrived["Subject"] == "这是一条测试消息，收到即说明消息能够送达。"
    assert "https://archive.example.cn/notices" in arrived.get_content()
    ((_, body),) = chat.calls
    assert "lin" not in body.decode()
    assert "林" not in body.decode()
    assert deliveries(house) == []


def test_who_has_no_address_is_told_in_the_service_alone(wired: tuple[House, PostOffice, GroupChat]) -> None:
    house, office, _ = wired
    lin = lin_of(house, email=None)
    tells(house, lin)
    works(house.archive)
    assert office.letters == []
    with house.archive.reading() as session:
        assert len(reminders.notices(session, lin)) == 1


def test_a_robot_that_is_down_holds_up_neither_mail_nor_notice(
    wired: tuple[House, PostOffice, GroupChat],
) -> None:
    house, office, chat = wired
    chat.behaves = "fails"
    lin = lin_of(house)
    tells(house, lin)
    works(house.archive)
    assert len(office.letters) == 1
    (row,) = deliveries(house)
    assert (row.state, row.tries, row.trouble) == (DeliveryState.FAILED, 1, Trouble.ANSWERED_BADLY)
    house.clock.passes(seconds=3)
    chat.behaves = "well"
    works(house.archive)
    assert deliveries(house) == []
    assert len(office.letters) == 1  # nobody gets the mail again because the robot was tried again
    assert len(chat.calls) == 2


def test_a_robot_that_stays_away_is_given_up_at_last(wired: tuple[House, PostOffice, GroupChat]) -> None:
    house, _, chat = wired
    chat.behaves = "refuses"
    tells(house, lin_of(house))
    for _ in range(12):
        works(house.archive)
        house.clock.passes(days=1)
    (row,) = deliveries(house)
    assert (row.state, row.tries) == (DeliveryState.GIVEN_UP, 9)


def test_a_robot_that_sends_elsewhere_is_not_tried_again(wired: tuple[House, PostOffice, GroupChat]) -> None:
    house, _, chat = wired
    chat.behaves = "redirects"
    tells(house, lin_of(house))
    works(house.archive)
    house.clock.passes(days=1)
    works(house.archive)
    (row,) = deliveries(house)
    assert (row.state, row.tries) == (DeliveryState.GIVEN_UP, 1)
    assert len(chat.calls) == 1


def test_without_settings_nothing_leaves(house: House) -> None:
    lin = lin_of(house)
    tells(house, lin)
    works(house.archive)
    assert deliveries(house) == []
    with house.archive.reading() as session:
        assert outbox.backlog(session) == []
