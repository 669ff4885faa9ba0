from pathlib import Path

import pytest

from archive_service import audit
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.people import PersonRow, make_setup_link, people, service
from archive_service.people.rules.roles import Role
from archive_service.people.web.keys import secret_key
from archive_service.settings import SettingsError
from tests.people.visitor import PASSWORD, Visitor, add_person
from tests.support.clock import MovableClock

FORM = {
    "name": "Lin",
    "display_name": "林馆长",
    "password": PASSWORD,
    "password_again": PASSWORD,
    "also_archivist": "y",
}


def start_link(archive: Archive) -> str:
    with archive.unit_of_work(service_actor("cli")) as work:
        return f"/setup/{make_setup_link(work)}"


@pytest.mark.parametrize("path", ["/", "/sign-in", "/system/people", "/account"])
def test_before_there_is_anybody_every_page_leads_to_the_explanation(visitor: Visitor, path: str) -> None:
    assert visitor.get(path).location == "/setup"
    page = visitor.get("/setup")
    assert page.status_code == 200
    assert "启动链接" in page.text


def test_before_there_is_anybody_programs_are_told_as_much(visitor: Visitor) -> None:
    answer = visitor.get("/api/v1/whoami")
    assert answer.status_code == 503
    assert answer.json is not None
    assert answer.json["code"] == "not-set-up"


def test_the_link_makes_the_first_administrator_once(archive: Archive, visitor: Visitor) -> None:
    link = start_link(archive)
    answer = visitor.post(link, FORM)
    assert answer.location == "/sign-in"
    assert visitor.sign_in("lin").location == "/"
    with archive.reading() as session:
        row = everybody(archive)[0]
        trail = [(event.actor, event.action) for event in audit.trail(session)]
    assert (row.name, row.display_name, row.roles) == ("lin", "林馆长", (Role.ARCHIVIST, Role.IT_ADMIN))
    assert ("service/setup", "user.created") in trail
    assert visitor.get(link).status_code == 404
    assert visitor.get("/setup").location == "/sign-in"


def everybody(archive: Archive) -> list[PersonRow]:
    with archive.reading() as session:
        return people(session, archive.clock.now())


def test_who_unticks_the_box_only_manages_accounts(archive: Archive, visitor: Visitor) -> None:
    visitor.post(start_link(archive), {key: value for key, value in FORM.items() if key != "also_archivist"})
    assert everybody(archive)[0].roles == (Role.IT_ADMIN,)


def test_the_link_ends_after_half_an_hour_and_when_a_new_one_is_made(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    first = start_link(archive)
    second = start_link(archive)
    assert visitor.get(first).status_code == 404
    assert visitor.get(second).status_code == 200
    clock.passes(minutes=30)
    assert visitor.get(second).status_code == 404


@pytest.mark.parametrize(
    ("field", "value", "said"),
    [
        ("name", "li n", "登录名可用文字"),
        ("name", "", "此项必填"),
        ("password_again", "something else", "两次输入的密码不一致"),
        ("password", "short", "至少 12 个字符"),
    ],
)
def test_what_is_wrong_stands_beside_its_field_and_the_link_still_works(
    archive: Archive, visitor: Visitor, field: str, value: str, said: str
) -> None:
    link = start_link(archive)
    answer = visitor.post(link, {**FORM, field: value})
    assert said in answer.text
    assert everybody(archive) == []
    assert visitor.post(link, FORM).location == "/sign-in"


def test_a_foreign_field_in_the_set_up_changes_nothing(archive: Archive, visitor: Visitor) -> None:
    link = start_link(archive)
    assert visitor.post(link, {**FORM, "role": "company_leader"}).status_code == 400
    assert everybody(archive) == []


def test_there_is_no_start_link_once_somebody_is_there(archive: Archive) -> None:
    add_person(archive, "lin", Role.IT_ADMIN)
    with pytest.raises(service.AlreadySetUp), archive.unit_of_work(service_actor("cli")) as work:
        make_setup_link(work)


def test_two_links_do_not_make_two_first_administrators(archive: Archive) -> None:
    token = start_link(archive).removeprefix("/setup/")
    add_person(archive, "faster", Role.IT_ADMIN)
    password = service.hash_password(PASSWORD, "slower")
    with pytest.raises(service.AlreadySetUp), archive.unit_of_work(service_actor("setup")) as work:
        service.create_first_administrator(
            work, token, name="slower", display_name="", password=password, also_archivist=True
        )


def test_a_person_chooses_their_password_by_a_link_once(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK, password=None)
    with archive.unit_of_work(service_actor("cli")) as work:
        link = f"/setup/{service.make_password_link(work, chen)}"
    clock.passes(hours=23)
    assert "chen" in visitor.get(link).text
    bad = visitor.post(link, {"password": "chenchenchen1", "password_again": "chenchenchen1"})
    assert "不能就是自己的登录名" in bad.text
    assert visitor.post(link, {"password": PASSWORD, "password_again": PASSWORD}).location == "/sign-in"
    assert visitor.get(link).status_code == 404
    assert visitor.sign_in("chen").location == "/"


def test_a_newer_link_a_new_password_or_closing_the_account_ends_a_link(archive: Archive) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    password = service.hash_password(PASSWORD, "chen")

    def link() -> str:
        with archive.unit_of_work(service_actor("cli")) as work:
            return service.make_password_link(work, chen)

    def is_used_up(token: str) -> None:
        with pytest.raises(service.LinkUsedUp), archive.unit_of_work(service_actor("link")) as work:
            service.choose_password(work, token, password)

    first = link()
    second = link()
    is_used_up(first)
    with archive.unit_of_work(service_actor("cli")) as work:
        service.set_password(work, chen, password)
    is_used_up(second)
    third = link()
    with archive.unit_of_work(service_actor("cli")) as work:
        service.disable(work, chen)
    is_used_up(third)


def test_a_start_link_sets_nobodys_password_and_the_other_way_round(archive: Archive) -> None:
    start = start_link(archive).removeprefix("/setup/")
    password = service.hash_password(PASSWORD, "chen")
    with pytest.raises(service.LinkUsedUp), archive.unit_of_work(service_actor("link")) as work:
        service.choose_password(work, start, password)


def test_the_secret_key_is_made_once_for_its_owner_alone(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    assert len(key) >= 64
    assert secret_key(tmp_path) == key
    path = tmp_path / "keys" / "secret_key"
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700
    assert [one.name for one in path.parent.iterdir()] == ["secret_key"]


@pytest.mark.parametrize(
    "value",
    ["", "secret", "changeme" * 8, "change-me-" * 8, "x" * 64, "only-31-characters-long-so-short"[:31]],
)
def test_short_and_known_secret_keys_are_refused(tmp_path: Path, value: str) -> None:
    (tmp_path / "keys").mkdir()
    (tmp_path / "keys" / "secret_key").write_text(value)
    with pytest.raises(SettingsError, match="secret_key"):
        secret_key(tmp_path)


def test_a_secret_key_that_others_could_read_is_closed(tmp_path: Path) -> None:
    key = secret_key(tmp_path)
    path = tmp_path / "keys" / "secret_key"
    path.chmod(0o644)
    assert secret_key(tmp_path) == key
    assert path.stat().st_mode & 0o777 == 0o600
