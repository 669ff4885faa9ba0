"""A notice as a message of a robot in a group chat: one POST, whose answer is looked at as little as can be.

The host's address is looked up once, judged, and then called by that very address: a name that points elsewhere a
moment later changes nothing. Redirects are not followed, and no proxy is asked.
"""

import base64
import hashlib
import hmac
import http.client
import json
import socket
import ssl
from datetime import datetime
from typing import Final
from urllib.parse import quote_plus

from archive_service.kernel.outgoing import Webhook, WebhookKind, may_be_called
from archive_service.reminders import Trouble
from workers.channels import NotSent
from workers.channels.deadline import STEP_SECONDS, WHOLE_SECONDS, hung_up_after

MOST_ANSWER: Final = 64 * 1024


class _Line(http.client.HTTPConnection):
    """Calls ``address``; to the server, and in its certificate, the host keeps its name."""

    def __init__(self, webhook: Webhook, address: str) -> None:
        super().__init__(webhook.host, webhook.port, timeout=STEP_SECONDS)
        self._address = address
        self.open_line: socket.socket | None = None  # ``sock`` is let go of when the answer begins
        self._tls = ssl.create_default_context() if webhook.secure else None

    def connect(self) -> None:
        self.sock = socket.create_connection((self._address, self.port), self.timeout)
        if self._tls is not None:
            self.sock = self._tls.wrap_socket(self.sock, server_hostname=self.host)
        self.open_line = self.sock


def call(webhook: Webhook, title: str, text: str, now: datetime, *, seconds: float = WHOLE_SECONDS) -> None:
    """Raises NotSent."""
    body = json.dumps(message_of(webhook.kind, title, text), ensure_ascii=False).encode()
    line = _Line(webhook, _address_of(webhook))
    with hung_up_after(seconds, lambda: line.open_line) as over:
        try:
            line.request(
                "POST",
                signed_target(webhook, now),
                body,
                {"Content-Type": "application/json; charset=utf-8", "Connection": "close"},
            )
            with line.getresponse() as answer:
                told = answer.read(MOST_ANSWER + 1)
        except (OSError, http.client.HTTPException, ValueError) as error:
            raise NotSent(Trouble.TOO_SLOW if over.is_set() else _trouble_of(error)) from None
        finally:
            line.close()
        if over.is_set():
            raise NotSent(Trouble.TOO_SLOW)
    if len(told) > MOST_ANSWER:
        raise NotSent(Trouble.TOO_MUCH)
    _judge(answer.status, told)


def _address_of(webhook: Webhook) -> str:
    try:
        found = socket.getaddrinfo(webhook.host, webhook.port, type=socket.SOCK_STREAM)
    except OSError:
        raise NotSent(Trouble.UNREACHABLE) from None
    addresses = [str(one[4][0]) for one in found]
    if not addresses or not all(may_be_called(one, private=webhook.may_be_private) for one in addresses):
        raise NotSent(Trouble.PLACE_REFUSED)
    return addresses[0]


def _trouble_of(error: Exception) -> Trouble:
    if isinstance(error, ssl.SSLError):
        return Trouble.NOT_TRUSTED
    if isinstance(error, socket.timeout):
        return Trouble.TOO_SLOW
    if isinstance(error, http.client.HTTPException) and not isinstance(error, http.client.RemoteDisconnected):
        return Trouble.ANSWERED_BADLY
    return Trouble.UNREACHABLE


def _judge(status: int, told: bytes) -> None:
    if 300 <= status < 400:
        raise NotSent(Trouble.REDIRECTED)
    if status != 200:
        raise NotSent(Trouble.ANSWERED_BADLY)
    try:
        said = json.loads(told)
    except ValueError:
        raise NotSent(Trouble.ANSWERED_BADLY) from None
    # Both say 200 to everything and tell here whether they took it.
    if not isinstance(said, dict) or said.get("errcode") != 0:
        raise NotSent(Trouble.ANSWERED_BADLY)


def message_of(kind: WebhookKind, title: str, text: str) -> dict[str, object]:
    if kind is WebhookKind.WECOM:
        return {"msgtype": "markdown", "markdown": {"content": f"**{title}**\n{text}"}}
    return {"msgtype": "markdown", "markdown": {"title": title, "text": f"**{title}**\n\n{text}"}}


def signed_target(webhook: Webhook, now: datetime) -> str:
    """With the signature that 钉钉 asks for where a secret is set: HMAC-SHA256 over the time in milliseconds."""
    if webhook.kind is not WebhookKind.DINGTALK or not webhook.secret:
        return webhook.target
    at = int(now.timestamp() * 1000)
    signed = hmac.new(webhook.secret.encode(), f"{at}\n{webhook.secret}".encode(), hashlib.sha256).digest()
    sign = quote_plus(base64.b64encode(signed))
    joint = "&" if "?" in webhook.target else "?"
    return f"{webhook.target}{joint}timestamp={at}&sign={sign}"
