"""Where messages may go: what the settings may say, and which addresses may be called."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.kernel.outgoing import (
    Security,
    WebhookKind,
    is_mail_address,
    mail_server,
    may_be_called,
    webhooks,
)
from archive_service.settings import Settings, SettingsError, load_settings

WECOM = "wecom+https://qyapi.weixin.qq.com/cgi-bin/webhook/send?key=0f0f-secret"
DINGTALK = "dingtalk+https://oapi.dingtalk.com/robot/send?access_token=abc#SECret"


def test_a_mail_server_with_tls_from_the_first_byte() -> None:
    server = mail_server("smtps://dang%40an:p%40ss@smtp.example.cn?from=archive@example.cn")
    assert server is not None
    assert (server.host, server.port, server.security) == ("smtp.example.cn", 465, Security.TLS)
    assert (server.user, server.password, server.sender) == ("dang@an", "p@ss", "archive@example.cn")
    assert "p@ss" not in repr(server)


@pytest.mark.parametrize(
    ("url", "security", "port"),
    [
        ("smtp://smtp.example.cn?from=a@example.cn", Security.STARTTLS, 25),
        ("smtp://u:p@smtp.example.cn?from=a@example.cn", Security.STARTTLS, 587),
        ("smtp://smtp.example.cn:2525?from=a@example.cn&tls=none", Security.NONE, 2525),
        ("smtp://127.0.0.1:25?from=a@example.cn", Security.NONE, 25),
        ("smtp://127.0.0.1:25?from=a@example.cn&tls=starttls", Security.STARTTLS, 25),
    ],
)
def test_other_mail_servers_turn_tls_on_before_anything_is_said(
    url: str, security: Security, port: int
) -> None:
    server = mail_server(url)
    assert server is not None
    assert (server.security, server.port) == (security, port)


@pytest.mark.parametrize(
    "url",
    [
        "smtp.example.cn",
        "https://smtp.example.cn?from=a@example.cn",
        "smtps://?from=a@example.cn",
        "smtps://smtp.example.cn",
        "smtps://smtp.example.cn?from=archive",
        "smtps://smtp.example.cn?from=a@example.cn%0d%0aBcc:b@example.cn",
        "smtps://smtp.example.cn:99999?from=a@example.cn",
        "smtps://smtp.example.cn?from=a@example.cn&bcc=b@example.cn",
        "smtp://u:geheim@smtp.example.cn?from=a@example.cn&tls=none",
        "smtp://smtp.example.cn?from=a@example.cn&tls=maybe",
        "smtps://[::1?from=a@example.cn",
    ],
)
def test_a_mail_server_that_cannot_be_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(ValueError) as told:
        mail_server(url)
    assert "geheim" not in str(told.value)


def test_robots_of_two_kinds() -> None:
    wecom, dingtalk = webhooks(f"{WECOM}\n {DINGTALK}", "")
    assert (wecom.kind, wecom.host, wecom.port) == (WebhookKind.WECOM, "qyapi.weixin.qq.com", 443)
    assert wecom.target == "/cgi-bin/webhook/send?key=0f0f-secret"
    assert (dingtalk.kind, dingtalk.secret) == (WebhookKind.DINGTALK, "SECret")
    assert "secret" not in f"{wecom!r} {wecom.name}".lower()
    assert not wecom.may_be_private
    assert webhooks("wecom+https://10.1.2.3/hook", "10.1.2.3")[0].may_be_private


@pytest.mark.parametrize(
    ("urls", "hosts"),
    [
        ("https://qyapi.weixin.qq.com/x", ""),
        ("slack+https://hooks.slack.com/x", "hooks.slack.com"),
        ("wecom+https://evil.example/x", ""),
        ("wecom+https://qyapi.weixin.qq.com.evil.example/x", ""),
        ("wecom+https://qyapi.weixin.qq.com@evil.example/x", ""),
        ("wecom+https://x@qyapi.weixin.qq.com/x", ""),
        ("wecom+http://qyapi.weixin.qq.com/x", ""),
        ("wecom+http://10.0.0.1/x", "10.0.0.1"),
        ("wecom+https://127.0.0.1/x", ""),
        ("wecom+ftp://qyapi.weixin.qq.com/x", ""),
        ("wecom+https:///x", ""),
        (WECOM, "*.qq.com"),
        (WECOM, "https://qq.com"),
        ("wecom+https://qyapi.weixin.qq.com/提醒", ""),
        (" ".join([WECOM] * 6), ""),
    ],
)
def test_a_webhook_that_nobody_allowed_is_refused(urls: str, hosts: str) -> None:
    with pytest.raises(ValueError):
        webhooks(urls, hosts)


@pytest.mark.parametrize("address", ["8.8.8.8", "2001:4860:4860::8888"])
def test_public_addresses_may_be_called(address: str) -> None:
    assert may_be_called(address, private=False)


@pytest.mark.parametrize(
    "address", ["127.0.0.1", "10.1.2.3", "192.168.1.1", "172.16.0.9", "::1", "fd00::1", "::ffff:10.0.0.1"]
)
def test_addresses_of_the_house_only_where_the_host_was_named(address: str) -> None:
    assert not may_be_called(address, private=False)
    assert may_be_called(address, private=True)


@pytest.mark.parametrize(
    "address",
    [
        "169.254.169.254",
        "fe80::1",
        "fe80::1%eth0",
        "0.0.0.0",
        "::",
        "224.0.0.1",
        "::ffff:169.254.169.254",
        "x",
    ],
)
def test_some_addresses_are_never_called(address: str) -> None:
    assert not may_be_called(address, private=True)


@pytest.mark.parametrize("address", ["lin@example.cn", "l.i+n@mail.example.com.cn"])
def test_mail_addresses(address: str) -> None:
    assert is_mail_address(address)


@pytest.mark.parametrize(
    "address",
    ["", "lin", "lin@", "@example.cn", "lin@example", "li n@example.cn", "林@example.cn", "a@b..cn"],
)
def test_no_mail_addresses(address: str) -> None:
    assert not is_mail_address(address)


@given(st.text())
def test_whatever_is_taken_for_an_address_fits_into_one_line(text: str) -> None:
    address = f"{text}@example.cn"
    assert not is_mail_address(address) or (address.isprintable() and address.count("@") == 1)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("ARCHIVE_SMTP_URL", "smtp://u:geheim@mail"),
        ("ARCHIVE_WEBHOOK_URLS", "wecom+https://evil.example/send?key=geheim"),
        ("ARCHIVE_WEBHOOK_HOSTS", "*.example.cn"),
    ],
)
def test_the_service_does_not_start_with_a_wrong_one(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsError, match=name) as told:
        load_settings()
    assert "geheim" not in str(told.value)


def test_settings_keep_their_secrets_to_themselves() -> None:
    settings = Settings(webhook_urls=WECOM, smtp_url="smtps://u:geheim@mail.example.cn?from=a@example.cn")
    assert settings.mail_server is not None
    assert settings.webhooks[0].target.endswith("secret")
    assert "geheim" not in repr(settings)
    assert "secret" not in repr(settings)
