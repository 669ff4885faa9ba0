"""Notices leave the service: by mail to whom they are meant for, by webhook to a group, where these are set."""

import gettext
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import structlog

import archive_service
from archive_service import loans, people, reminders
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import N_
from archive_service.kernel.masking import mask
from archive_service.reminders import Channel, DeliveryRow, DeliveryState, NoticeRow, Places, Trouble, Words
from archive_service.settings import Settings
from archive_service.unit_of_work import UnitOfWork
from workers.channels import NotSent, mail, webhook
from workers.leases import Lease
from workers.toolbox import Toolbox

WORDS: Final[Mapping[str, Words]] = {**reminders.OWN_WORDS, **loans.WORDS}
"""Of every capability that tells people something: those it gives to ``reminders.web.register_words`` as well."""

TITLE: Final = N_("Archive service: reminder")
CLOSING: Final = N_(
    "This mail was written by the archive service. Answers are not read. The address can be changed on the page "
    "“My account”."
)
UNKNOWN: Final = N_("You have a new notice in the archive service.")
MOST_TITLE: Final = 120
DEFAULT_LANGUAGE: Final = "zh_CN"

log = structlog.get_logger()


def places_of(settings: Settings) -> Places:
    return Places(settings.mail_server is not None, tuple(hook.name for hook in settings.webhooks))


def fan_out(tools: Toolbox, lease: Lease) -> None:
    """A delivery for each way that is set, each of them a message of its own: one that is down holds up no other."""
    payloads, places = lease.payloads(tools.archive), places_of(tools.settings)
    with tools.archive.unit_of_work(service_actor()) as work:
        for payload in payloads:
            reminders.prepare_deliveries(work, reminders.NoticeId(int(payload["notice_id"])), places)
        lease.close(work)


def send(tools: Toolbox, lease: Lease) -> None:
    """Raises NotSent when it is to be tried again. Killed between the sending and the commit, it is sent twice."""
    (payload,) = lease.payloads(tools.archive)
    with tools.archive.reading() as session:
        row = reminders.delivery(session, int(payload["delivery_id"]))
        notice = reminders.notice_to_send(session, row.notice_id) if row else None
        address = people.mail_address(session, notice.user_id) if notice else None
    if row is None or notice is None or row.state is DeliveryState.SENT:
        _close(tools, lease)
        return
    try:
        _carry(tools, row, notice, address)
    except NotSent as error:
        log.warning("delivery.not-sent", delivery=row.id, channel=row.channel, trouble=error.trouble)
        with tools.archive.unit_of_work(service_actor()) as work:
            reminders.not_sent(work, row.id, error.trouble)
            if error.trouble.is_final:
                lease.close(work)
        if error.trouble.is_final:
            return
        raise
    with tools.archive.unit_of_work(service_actor()) as work:
        reminders.was_sent(work, row.id)
        lease.close(work)


def _close(tools: Toolbox, lease: Lease) -> None:
    with tools.archive.unit_of_work(service_actor()) as work:
        lease.close(work)


def _carry(tools: Toolbox, row: DeliveryRow, notice: NoticeRow, address: tuple[str, str] | None) -> None:
    settings, now = tools.settings, tools.archive.clock.now()
    if row.channel is Channel.MAIL:
        server = settings.mail_server
        if server is None or address is None:
            raise NotSent(Trouble.NO_LONGER_SET)
        to, language = address
        says, link = told(notice, language, settings.public_url)
        text = "\n\n".join(part for part in (says, link, _in(language, CLOSING)) if part)
        domain = server.sender.partition("@")[2]
        letter = mail.Letter(to, says[:MOST_TITLE], text + "\n", f"<notice-{notice.id}@{domain}>", now)
        mail.post(server, letter)
        return
    hook = next((one for one in settings.webhooks if one.name == row.target), None)
    if hook is None:
        raise NotSent(Trouble.NO_LONGER_SET)
    says, link = told(notice, DEFAULT_LANGUAGE, settings.public_url)
    webhook.call(hook, _in(DEFAULT_LANGUAGE, TITLE), "\n\n".join(filter(None, (says, link))), now)


def told(notice: NoticeRow, language: str, public_url: str) -> tuple[str, str]:
    """The sentence, and the address of the page behind it, "" where nobody knows how the service is reached."""
    words = WORDS.get(notice.kind, Words(UNKNOWN))
    says = mask(reminders.filled(_in(language, words.says), notice.facts))
    page = page_of(words, notice)
    return says, f"{public_url.rstrip('/')}{page}" if public_url else ""


def page_of(words: Words, notice: NoticeRow) -> str:
    facts = {name: quote(str(value), safe="") for name, value in notice.facts.items()}
    return reminders.filled(words.page, facts) if words.page else "/notices"


@cache
def _catalogue(language: str) -> gettext.NullTranslations:
    folder = Path(archive_service.__file__).parent / "translations"
    return gettext.translation("messages", folder, [language], fallback=True)


def _in(language: str, message: str) -> str:
    """People who chose none read Chinese; message ids are English."""
    return message if language == "en" else _catalogue(DEFAULT_LANGUAGE).gettext(message)


def give_up_notice(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """The notice stands in the service all the same, and the message can be sent again."""


def give_up(work: UnitOfWork, payload: Mapping[str, Any]) -> None:
    reminders.given_up(work, reminders.DeliveryId(int(payload["delivery_id"])))
