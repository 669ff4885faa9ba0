"""No request holds a second connection while it has one: with a full pool, all of them would wait for each other."""

import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Final

import pytest
from flask import Flask
from sqlalchemy import Engine, event
from werkzeug.routing import Rule

from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from tests.intake.browser import Browser
from tests.support.house import House

Opener = Callable[[Actor], Browser]
PARTS: Final = ("intake", "uploads", "records", "search", "documents", "versions", "pages")


@contextmanager
def at_most_one(engine: Engine) -> Iterator[None]:
    """Fails where a second connection is taken from the pool before the first is back."""
    taken: set[int] = set()
    most = 0

    def out(connection: object, record: object, _proxy: object) -> None:
        nonlocal most
        taken.add(id(record))
        most = max(most, len(taken))

    def back(connection: object, record: object) -> None:
        taken.discard(id(record))

    event.listen(engine, "checkout", out)
    event.listen(engine, "checkin", back)
    try:
        yield
    finally:
        event.remove(engine, "checkout", out)
        event.remove(engine, "checkin", back)
    assert most <= 1


def addresses(app: Flask, paper: DocumentId, upload: str) -> Iterator[str]:
    """Every address of these parts that can be looked at, about this paper and this upload."""
    told = {
        "document_id": paper,
        "upload_id": uuid.UUID(upload),
        "number": 1,
        "page": 1,
        "level": 1,
        "column": 0,
        "row": 0,
        "extension": "jpg",
        "code": "YZ.01",
        "case_file_id": 1,
        "sheet": "cover",
        "fonds": "WY01",
        "year": 2026,
        "check_id": 1,
        "unit_id": 1,
        "grant_id": 1,
        "relation_id": 1,
        "request_id": 1,
    }
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if "GET" in (rule.methods or ()) and part_of(rule) in PARTS:
            yield adapter.build(rule.endpoint, {name: told[name] for name in rule.arguments})


def part_of(rule: Rule) -> str:
    return rule.endpoint.partition(".")[0].removeprefix("api_").removesuffix("_api")


def last_part(address: str) -> str:
    return address.rstrip("/").rpartition("/")[2]


def test_looking_at_anything_takes_one_connection(
    app: Flask, browser_of: Opener, house: House, chen: Actor
) -> None:
    browser = browser_of(chen)
    paper = house.paper(chen, class_code="YZ.01", pages=["收楼验收单"])
    upload = last_part(browser.begin(3, filename="a.pdf"))
    asked = set()
    for address in addresses(app, paper, upload):
        with at_most_one(house.archive.sessions.engine), browser.get(address) as answer:
            assert answer.status_code < 500, address
        asked.add(address.partition(str(paper))[0].partition(upload)[0])
    assert {"/inbox", "/upload", "/documents", "/documents/", "/search", "/uploads/tus/"} <= asked


@pytest.mark.parametrize("copies", [1, 2, 3])
def test_bringing_the_same_bytes_takes_one_connection(
    browser_of: Opener, house: House, chen: Actor, copies: int
) -> None:
    """Received, a duplicate, one that joins the question of another; and all of them once it is answered."""
    browser, engine = browser_of(chen), house.archive.sessions.engine
    sent = []
    for number in range(copies):
        address = browser.begin(3, filename=f"{number}.pdf")
        with at_most_one(engine):
            assert browser.send(address, 0, b"abc").status_code == 204
        with at_most_one(engine):
            sent.append(browser.result(address))
    if copies > 1:
        with at_most_one(engine):
            assert (
                browser.post(str(sent[-1]["keep_url"]), Accept="application/problem+json").status_code < 400
            )
    with at_most_one(engine):
        assert browser.result(address)["state"] == "received"


def test_the_classic_form_takes_one_connection(browser_of: Opener, house: House, chen: Actor) -> None:
    browser, engine = browser_of(chen), house.archive.sessions.engine
    for _ in range(2):
        with at_most_one(engine):
            assert browser.upload(("a.pdf", b"aaa"), ("b.pdf", b"bbb")).status_code == 200
