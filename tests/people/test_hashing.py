"""Hashing takes a tenth of a second on purpose: nobody who writes may have to wait for it."""

import sqlite3
from collections.abc import Iterator

import click
import pytest
from argon2 import PasswordHasher
from click.testing import CliRunner

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.people import cli, make_setup_link, service
from archive_service.people.rules.roles import Role
from tests.people.visitor import PASSWORD, Visitor, add_person

one_writer = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
NEW = "fünf neue Worte am Stück 4712"


@pytest.fixture
def hashed(archive: Archive, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[bool]]:
    """For each hashing: whether somebody else could have written meanwhile."""
    seen: list[bool] = []
    database = archive.settings.data_dir / "archive.sqlite3"
    real = PasswordHasher.hash

    def hash_(self: PasswordHasher, password: str | bytes, *, salt: bytes | None = None) -> str:
        other = sqlite3.connect(database, timeout=0, isolation_level=None)
        try:
            other.execute("BEGIN IMMEDIATE")
            other.execute("ROLLBACK")
            seen.append(True)
        except sqlite3.OperationalError:
            seen.append(False)
        finally:
            other.close()
        return real(self, password, salt=salt)

    monkeypatch.setattr(PasswordHasher, "hash", hash_)
    yield seen


@one_writer
def test_the_first_administrator(archive: Archive, visitor: Visitor, hashed: list[bool]) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        link = f"/setup/{make_setup_link(work)}"
    visitor.post(
        link, {"name": "lin", "display_name": "林", "password": PASSWORD, "password_again": PASSWORD}
    )
    assert hashed == [True]


@one_writer
def test_a_person_made_by_an_administrator(archive: Archive, visitor: Visitor, hashed: list[bool]) -> None:
    add_person(archive, "lin", Role.IT_ADMIN)
    visitor.sign_in("lin")
    hashed.clear()
    told = {
        "name": "chen",
        "display_name": "陈",
        "roles": ["cashier"],
        "password": PASSWORD,
        "password_again": PASSWORD,
    }
    visitor.post("/system/people/new", told)
    assert hashed == [True]
    assert Visitor(visitor.app, visitor.clock).sign_in("chen").location == "/"


@one_writer
def test_a_password_chosen_by_a_link(archive: Archive, visitor: Visitor, hashed: list[bool]) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK, password=None)
    with archive.unit_of_work(service_actor("cli")) as work:
        link = f"/setup/{service.make_password_link(work, chen)}"
    hashed.clear()
    visitor.post(link, {"password": NEW, "password_again": NEW})
    assert hashed == [True]


@one_writer
def test_a_person_made_on_the_command_line(archive: Archive, hashed: list[bool]) -> None:
    command = click.Group("archive", commands={one.name or "": one for one in cli.commands})
    words = ("user", "create", "--name", "lin", "--password-stdin")
    assert CliRunner().invoke(command, words, obj=archive, input=PASSWORD + "\n").exit_code == 0
    assert hashed == [True]


@one_writer
def test_a_password_is_good_for_the_name_it_was_looked_at_with(archive: Archive) -> None:
    password = service.hash_password("chenchenchen1!", "lin")
    with (
        pytest.raises(ValueError, match="somebody else"),
        archive.unit_of_work(service_actor("cli")) as work,
    ):
        service.add_person(work, name="chen", password=password)
