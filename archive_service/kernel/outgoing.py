"""Where messages may leave the service: a mail server and webhooks, as settings write them down. Opens no connection.

``smtps://user:password@host:465?from=archive@example.cn`` speaks TLS from the first byte; ``smtp://…`` turns it on
before anything is said (STARTTLS), unless the host is this machine or ``tls=none`` stands behind the ``?``.

``wecom+https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=…`` is a robot of 企业微信,
``dingtalk+https://oapi.dingtalk.com/robot/send?access_token=…#SEC…`` one of 钉钉, behind the ``#`` the secret that its
messages are signed with.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from ipaddress import IPv4Address, IPv6Address, ip_address
from typing import Final
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

MOST_ADDRESS: Final = 254
MOST_WEBHOOKS: Final = 5
WEBHOOK_HOSTS: Final = frozenset({"qyapi.weixin.qq.com", "oapi.dingtalk.com"})
"""Called without being named in the settings, at public addresses only."""

_MAIL_ADDRESS: Final = re.compile(
    r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z]{2,63}"
)
_HOST: Final = re.compile(r"[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?")
_THIS_MACHINE: Final = frozenset({"localhost", "127.0.0.1", "::1"})


def is_mail_address(text: str) -> bool:
    """Whether it looks like one that a mail server of today takes: ASCII, without quotes, with a domain."""
    return len(text) <= MOST_ADDRESS and _MAIL_ADDRESS.fullmatch(text) is not None and ".." not in text


class Security(StrEnum):
    TLS = "tls"
    STARTTLS = "starttls"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class MailServer:
    host: str
    port: int
    security: Security
    sender: str
    user: str = ""
    password: str = field(default="", repr=False)


class WebhookKind(StrEnum):
    WECOM = "wecom"
    DINGTALK = "dingtalk"


@dataclass(frozen=True, slots=True)
class Webhook:
    """``name`` tells webhooks apart without telling their keys. ``target``: path and query, which hold the key."""

    name: str
    kind: WebhookKind
    host: str
    port: int
    secure: bool
    may_be_private: bool  # the host was named in the settings, so it may lie on this machine or network
    target: str = field(repr=False)
    secret: str = field(default="", repr=False)


def mail_server(url: str) -> MailServer | None:
    """None for "". Raises ValueError, with nothing of the password in it."""
    if not url.strip():
        return None
    parts = _parts(url)
    if parts.scheme not in ("smtp", "smtps"):
        raise ValueError("write it as smtp://… or smtps://…")
    host, told = _host(parts), parse_qs(parts.query)
    if unknown := set(told) - {"from", "tls"}:
        raise ValueError(f"unknown behind the “?”: {', '.join(sorted(unknown))}")
    sender = told.get("from", [""])[-1]
    if not is_mail_address(sender):
        raise ValueError("say who sends, as …?from=archive@example.cn")
    security = Security.TLS if parts.scheme == "smtps" else _starttls(host, told.get("tls", []))
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if security is Security.NONE and password and host not in _THIS_MACHINE:
        raise ValueError("a password is never sent without TLS")
    port = parts.port or (465 if security is Security.TLS else 587 if user else 25)
    return MailServer(host, port, security, sender, user, password)


def _starttls(host: str, told: Sequence[str]) -> Security:
    if not told:
        return Security.NONE if host in _THIS_MACHINE else Security.STARTTLS
    if told[-1] not in ("starttls", "none"):
        raise ValueError("tls is “starttls” or “none”; TLS from the first byte is smtps://")
    return Security(told[-1])


def webhooks(text: str, allowed: str) -> tuple[Webhook, ...]:
    """Those of ``text``, parted by white space. ``allowed``: further hosts, parted by commas. Raises ValueError, with
    nothing of a key in it."""
    named = allowed_hosts(allowed)
    told = text.split()
    if len(told) > MOST_WEBHOOKS:
        raise ValueError(f"at most {MOST_WEBHOOKS} webhooks")
    return tuple(_webhook(one, number, named) for number, one in enumerate(told, 1))


def allowed_hosts(text: str) -> frozenset[str]:
    """Raises ValueError for what is no host's name or address: patterns are none."""
    hosts = frozenset(host.strip().lower().strip("[]") for host in text.split(",") if host.strip())
    for host in hosts:
        if _HOST.fullmatch(host) is None and _literal(host) is None:
            raise ValueError(
                f"“{host}” is not a host's name: write names or addresses alone, parted by commas"
            )
    return hosts


def _webhook(url: str, number: int, named: frozenset[str]) -> Webhook:
    kind, plus, rest = url.partition("+")
    if not plus or kind not in tuple(WebhookKind):
        raise ValueError(f"webhook {number}: write it as wecom+https://… or dingtalk+https://…")
    parts = _parts(rest)
    if parts.scheme not in ("https", "http"):
        raise ValueError(f"webhook {number}: only https can be called")
    if parts.username is not None or parts.password is not None:
        raise ValueError(f"webhook {number}: it carries a user name, which no webhook has")
    host = _host(parts)
    if host not in named | WEBHOOK_HOSTS:
        raise ValueError(f"webhook {number}: name its host {host} in ARCHIVE_WEBHOOK_HOSTS if it is meant")
    if parts.scheme == "http" and host not in _THIS_MACHINE:
        raise ValueError(f"webhook {number}: without TLS only this machine can be called: use https")
    target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    if not target.isascii() or not target.isprintable() or " " in target:
        raise ValueError(f"webhook {number}: its address holds characters that no address has")
    return Webhook(
        name=f"{kind}#{number} {host}"[:80],
        kind=WebhookKind(kind),
        host=host,
        port=parts.port or (443 if parts.scheme == "https" else 80),
        secure=parts.scheme == "https",
        may_be_private=host in named,
        target=target,
        secret=parts.fragment,
    )


def _parts(url: str) -> SplitResult:
    try:
        parts = urlsplit(url.strip())
        parts.port  # noqa: B018  (raises for what is none)
    except ValueError:
        raise ValueError("not an address") from None
    return parts


def _host(parts: SplitResult) -> str:
    host = (parts.hostname or "").lower()
    if _HOST.fullmatch(host) is None and _literal(host) is None:
        raise ValueError("it names no host")
    return host


def _literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return ip_address(host)
    except ValueError:
        return None


def may_be_called(address: str, *, private: bool) -> bool:
    """Whether a webhook's host may lie at this network address. ``private``: it was named in the settings, so it may
    be of this machine or of its network; never a link-local one, where clouds keep their keys."""
    known = _literal(address.partition("%")[0])
    if known is None:
        return False
    if isinstance(known, IPv6Address):
        inner = known.ipv4_mapped or known.sixtofour or (known.teredo[1] if known.teredo else None)
        known = inner or known
    if known.is_link_local or known.is_multicast or known.is_unspecified:
        return False
    if known.is_loopback or known.is_private:
        return private
    return known.is_global
