import json

import click
import pytest
from click.testing import CliRunner, Result

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.people import cli, holder_of_token
from archive_service.people.queries import open_link
from archive_service.people.rules.roles import Role
from tests.people.visitor import PASSWORD, Visitor, add_person


@pytest.fixture
def archive_command(archive: Archive) -> click.Group:
    return click.Group("archive", commands={command.name or "": command for command in cli.commands})


def run(archive: Archive, command: click.Group, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(command, words, obj=archive, input=typed, catch_exceptions=False)


def test_a_person_is_made_with_a_password_from_standard_input(
    archive: Archive, archive_command: click.Group, visitor: Visitor
) -> None:
    words = (
        "user",
        "create",
        "--name",
        "Lin",
        "--role",
        "it_admin",
        "--role",
        "archivist",
        "--password-stdin",
    )
    made = run(archive, archive_command, *words, typed=PASSWORD + "\n")
    assert made.exit_code == 0
    assert PASSWORD not in made.output
    assert visitor.sign_in("lin").location == "/"
    listed = json.loads(run(archive, archive_command, "user", "list", "--json").stdout)
    assert [(one["name"], one["roles"]) for one in listed] == [("lin", ["archivist", "it_admin"])]


def test_without_a_password_the_path_of_a_link_is_printed(
    archive: Archive, archive_command: click.Group
) -> None:
    made = run(archive, archive_command, "user", "create", "--name", "chen", "--role", "front_desk")
    path = made.stdout.strip()
    assert path.startswith("/setup/")
    with archive.reading() as session:
        link = open_link(session, path.removeprefix("/setup/"), archive.clock.now())
    assert link is not None
    assert link.display_name == "chen"


@pytest.mark.parametrize(
    ("words", "typed", "said"),
    [
        (("--name", "lin"), PASSWORD, "already"),
        (("--name", "li n"), PASSWORD, "sign-in name has letters"),
        (("--name", "chen"), "short", "at least 12"),
        (("--name", "chen"), "", "at least 12"),
    ],
)
def test_what_the_service_refuses_ends_with_a_sentence_and_code_1(
    archive: Archive, archive_command: click.Group, words: tuple[str, ...], typed: str, said: str
) -> None:
    add_person(archive, "lin", Role.IT_ADMIN)
    made = run(archive, archive_command, "user", "create", *words, "--password-stdin", typed=typed)
    assert made.exit_code == 1
    assert said in made.stderr
    with archive.reading() as session:
        assert people.person_count(session) == 1


def test_an_unknown_role_is_refused(archive: Archive, archive_command: click.Group) -> None:
    made = run(archive, archive_command, "user", "create", "--name", "x", "--role", "boss")
    assert made.exit_code == 2


def test_cashier_and_archivist_together_are_warned_of(archive: Archive, archive_command: click.Group) -> None:
    words = ("user", "create", "--name", "chen", "--role", "cashier", "--role", "archivist")
    assert "custody of finance" in run(archive, archive_command, *words).stderr


def test_a_person_is_closed(archive: Archive, archive_command: click.Group) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    assert run(archive, archive_command, "user", "disable", "--name", "chen").exit_code == 0
    assert "(disabled)" in run(archive, archive_command, "user", "list").stdout
    assert run(archive, archive_command, "user", "disable", "--name", "nobody").exit_code == 1


def test_a_token_is_printed_alone_and_ended_by_its_id(archive: Archive, archive_command: click.Group) -> None:
    add_person(archive, "lin", Role.ARCHIVIST)
    made = run(
        archive, archive_command, "token", "create", "--user", "lin", "--scope", "read", "--scope", "write"
    )
    token = made.stdout.removesuffix("\n")
    assert "\n" not in token

    def owner() -> object:
        with archive.reading() as session:
            return holder_of_token(session, token, archive.clock.now())

    assert owner() is not None
    listed = json.loads(run(archive, archive_command, "token", "list", "--json").stdout)
    assert [(one["user"], one["scopes"], one["live"]) for one in listed] == [("lin", ["read", "write"], True)]
    assert token not in run(archive, archive_command, "token", "list").stdout
    assert run(archive, archive_command, "token", "revoke", str(listed[0]["id"])).exit_code == 0
    assert owner() is None
    assert run(archive, archive_command, "token", "revoke", "999").exit_code == 1


def test_a_role_is_proposed_and_decided_by_command(archive: Archive, archive_command: click.Group) -> None:
    for name, role in (("zhao", Role.SC_MANAGER), ("lin", Role.IT_ADMIN), ("chen", Role.CASHIER)):
        add_person(archive, name, role)
    made = run(archive, archive_command, "role", "propose", "chen", "archivist", "--as", "lin")
    assert made.exit_code == 0, made.output
    assert "Cashier and archivist in one person" in made.stderr
    grant = made.stdout.strip()
    listed = json.loads(run(archive, archive_command, "role", "waiting", "--json").stdout)
    assert [(one["id"], one["user"], one["role"]) for one in listed] == [(int(grant), "chen", "archivist")]
    assert "waits for approval: archivist" in run(archive, archive_command, "user", "list").stdout
    for words in (["--as", "lin"], []):
        assert run(archive, archive_command, "role", "approve", grant, *words).exit_code == 1
    assert run(archive, archive_command, "role", "approve", grant, "--as", "zhao").exit_code == 0
    again = run(archive, archive_command, "role", "refuse", grant, "--reason", "late", "--as", "zhao")
    assert (again.exit_code, "Somebody was faster" in again.stderr) == (1, True)
    roles = {one["name"]: one["roles"] for one in json.loads(listing(archive, archive_command))}
    assert roles["chen"] == ["archivist", "cashier"]


def listing(archive: Archive, command: click.Group) -> str:
    return run(archive, command, "user", "list", "--json").stdout


def test_an_earlier_last_day_counts_at_once_by_command(
    archive: Archive, archive_command: click.Group
) -> None:
    for name, role in (("zhao", Role.SC_MANAGER), ("lin", Role.IT_ADMIN), ("chen", Role.CASHIER)):
        add_person(archive, name, role)
    propose = ("role", "propose", "chen", "cashier", "--to", "2026-03-20", "--as", "lin")
    made = run(archive, archive_command, *propose)
    assert (made.exit_code, "less than the person had" in made.stderr) == (0, True), made.output
    assert run(archive, archive_command, "role", "waiting").stdout == ""
    again = run(archive, archive_command, *propose)
    assert (again.exit_code, "has the role already" in again.stderr) == (1, True)


def test_a_proposal_is_refused_or_withdrawn_by_command(
    archive: Archive, archive_command: click.Group
) -> None:
    for name, role in (("zhao", Role.SC_MANAGER), ("lin", Role.IT_ADMIN), ("chen", Role.CASHIER)):
        add_person(archive, name, role)

    def proposed() -> str:
        return run(
            archive, archive_command, "role", "propose", "chen", "auditor", "--as", "lin"
        ).stdout.strip()

    refused = run(archive, archive_command, "role", "refuse", proposed(), "--reason", "no", "--as", "zhao")
    withdrawn = run(archive, archive_command, "role", "withdraw", proposed(), "--as", "lin")
    assert (refused.exit_code, withdrawn.exit_code) == (0, 0)
    assert run(archive, archive_command, "role", "waiting").stdout == ""


def test_roles_of_a_new_account_wait_once_there_is_a_manager(
    archive: Archive, archive_command: click.Group
) -> None:
    create = ("user", "create", "--role", "front_desk", "--name")
    assert "waits for approval" not in run(archive, archive_command, *create, "chen").stderr
    add_person(archive, "zhao", Role.SC_MANAGER)
    assert "waits for approval: front_desk" in run(archive, archive_command, *create, "lin").stderr
    at_once = json.loads(listing(archive, archive_command))
    assert {one["name"]: (one["roles"], one["roles_waiting"]) for one in at_once} == {
        "chen": (["front_desk"], []),
        "lin": ([], ["front_desk"]),
        "zhao": (["sc_manager"], []),
    }
