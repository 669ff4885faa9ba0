"""A notice as a mail, handed to the one mail server that the settings name."""

import smtplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from archive_service.kernel.outgoing import MailServer, Security
from archive_service.reminders import Trouble
from workers.channels import NotSent
from workers.channels.deadline import STEP_SECONDS, WHOLE_SECONDS, hung_up_after


@dataclass(frozen=True, slots=True)
class Letter:
    """``message_id``: the same whenever it is tried, so that a mail program shows one that came twice once."""

    to: str
    subject: str
    text: str
    message_id: str
    at: datetime


def letter_bytes(letter: Letter, sender: str) -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = sender, letter.to, letter.subject
    message["Date"], message["Message-ID"] = format_datetime(letter.at), letter.message_id
    message["Auto-Submitted"] = "auto-generated"  # nobody's absence note answers it
    message.set_content(letter.text, cte="base64" if not letter.text.isascii() else "7bit")
    return message


def post(server: MailServer, letter: Letter, *, seconds: float = WHOLE_SECONDS) -> None:
    """Raises NotSent."""
    message = letter_bytes(letter, server.sender)
    client = _client(server)
    with hung_up_after(seconds, lambda: client.sock) as over:
        try:
            _talk(client, server, message, letter.to)
        except (OSError, smtplib.SMTPException, ValueError) as error:
            raise NotSent(Trouble.TOO_SLOW if over.is_set() else trouble_of(error)) from None
        finally:
            client.close()


def _client(server: MailServer) -> smtplib.SMTP:
    # Without a host they connect to nobody yet.
    us = server.sender.partition("@")[2]  # instead of asking the network what this machine is called
    if server.security is Security.TLS:
        return smtplib.SMTP_SSL(local_hostname=us, timeout=STEP_SECONDS, context=ssl.create_default_context())
    return smtplib.SMTP(local_hostname=us, timeout=STEP_SECONDS)


def _talk(client: smtplib.SMTP, server: MailServer, message: EmailMessage, to: str) -> None:
    client._host = server.host  # type: ignore[attr-defined]  # as its own constructor would, for the certificate
    client.connect(server.host, server.port)
    if server.security is Security.STARTTLS:
        client.starttls(context=ssl.create_default_context())
    if server.user:
        client.login(server.user, server.password)
    client.send_message(message, server.sender, [to])
    # It has the letter: what it says to the farewell changes nothing.
    with suppress(OSError, smtplib.SMTPException):
        client.quit()


def trouble_of(error: Exception) -> Trouble:
    if isinstance(error, ssl.SSLError | smtplib.SMTPNotSupportedError):
        return Trouble.NOT_TRUSTED
    if isinstance(error, smtplib.SMTPAuthenticationError):
        return Trouble.SIGN_IN_REFUSED
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        codes = [code for code, _ in error.recipients.values()]
        # A server says 4xx for “not now”, such as a full mailbox or a sender it does not know yet.
        return (
            Trouble.ADDRESS_REFUSED
            if codes and all(code >= 500 for code in codes)
            else Trouble.MESSAGE_REFUSED
        )
    if isinstance(error, socket.timeout):
        return Trouble.TOO_SLOW
    if isinstance(error, smtplib.SMTPConnectError | smtplib.SMTPServerDisconnected):
        return Trouble.UNREACHABLE
    if isinstance(error, smtplib.SMTPException | ValueError):
        return Trouble.MESSAGE_REFUSED
    return Trouble.UNREACHABLE
