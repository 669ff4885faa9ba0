import re

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.people import service
from archive_service.people.models import User
from archive_service.people.rules.roles import Role
from tests.people.visitor import PASSWORD, Visitor, add_person, form_token
from tests.support.clock import MovableClock


def enrolled(archive: Archive, visitor: Visitor, *roles: Role) -> str:
    add_person(archive, "lin", *(roles or (Role.ARCHIVIST,)))
    visitor.sign_in("lin")
    secret = visitor.enrols()
    visitor.clock.passes(seconds=60)
    return secret


def signs_in_again(visitor: Visitor) -> None:
    visitor.post("/sign-out", form_at="/account")
    answer = visitor.sign_in("lin")
    assert str(answer.location).startswith("/sign-in/code")


def test_with_a_second_factor_the_password_alone_opens_nothing(archive: Archive, visitor: Visitor) -> None:
    secret = enrolled(archive, visitor)
    signs_in_again(visitor)
    assert visitor.get("/").location == "/sign-in"
    answer = visitor.post("/sign-in/code", {"code": visitor.code_of(secret)})
    assert (answer.status_code, answer.location) == (302, "/")
    assert visitor.get("/").status_code == 200


def test_the_page_asked_for_opens_after_the_code_as_well(archive: Archive, visitor: Visitor) -> None:
    secret = enrolled(archive, visitor)
    visitor.post("/sign-out", form_at="/account")
    asked = visitor.get("/account").location
    assert asked is not None
    code_page = visitor.post(asked, {"name": "lin", "password": PASSWORD}).location
    assert code_page is not None
    form = visitor.get(code_page).text
    action = re.search(r'action="(/sign-in/code[^"]*)"', form)
    assert action is not None
    answer = visitor.post(action[1], {"code": visitor.code_of(secret)}, form_at=code_page)
    assert answer.location == "/account"


def test_a_code_works_once(archive: Archive, visitor: Visitor) -> None:
    secret = enrolled(archive, visitor)
    code = visitor.code_of(secret)
    signs_in_again(visitor)
    assert visitor.post("/sign-in/code", {"code": code}).status_code == 302
    signs_in_again(visitor)
    assert "验证码不正确" in visitor.post("/sign-in/code", {"code": code}).text
    visitor.clock.passes(seconds=30)
    assert visitor.post("/sign-in/code", {"code": visitor.code_of(secret)}).status_code == 302


def test_the_code_that_set_it_up_is_used_up(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "lin", Role.ARCHIVIST)
    visitor.sign_in("lin")
    secret = visitor.enrols()
    signs_in_again(visitor)
    assert "验证码不正确" in visitor.post("/sign-in/code", {"code": visitor.code_of(secret)}).text
    visitor.clock.passes(seconds=30)
    assert visitor.post("/sign-in/code", {"code": visitor.code_of(secret)}).status_code == 302


def test_codes_can_not_be_guessed_by_signing_in_again_and_again(archive: Archive, visitor: Visitor) -> None:
    secret = enrolled(archive, visitor)
    signs_in_again(visitor)
    right = visitor.code_of(secret)
    wrong = [f"{(int(right) + 111_111 * n) % 1_000_000:06}" for n in range(1, 6)]
    for code in wrong[:3]:
        assert visitor.post("/sign-in/code", {"code": code}).status_code == 200
    assert "/sign-in/code" in str(
        visitor.sign_in("lin").location
    )  # a right password in between changes nothing
    for code in wrong[3:]:
        assert visitor.post("/sign-in/code", {"code": code}).status_code == 200
    assert visitor.post("/sign-in/code", {"code": right}).status_code == 429
    visitor.address = "198.51.100.1"  # who has the password does not get more codes from elsewhere
    assert visitor.post("/sign-in/code", {"code": right}).status_code == 429


def test_the_code_page_does_not_sign_anybody_out(archive: Archive, visitor: Visitor) -> None:
    enrolled(archive, visitor)
    assert visitor.get("/sign-in/code").location == "/"
    assert visitor.get("/sign-in/recovery").location == "/"
    assert visitor.get("/").status_code == 200


def test_the_code_page_is_for_who_has_given_the_password(archive: Archive, visitor: Visitor) -> None:
    enrolled(archive, visitor)
    stranger = Visitor(visitor.app, visitor.clock)
    assert stranger.get("/sign-in/code").location == "/sign-in"
    assert stranger.get("/sign-in/recovery").location == "/sign-in"
    assert stranger.get("/account/second-factor").location == "/sign-in?next=/account/second-factor"


def test_the_secret_is_encrypted_in_the_database(archive: Archive, visitor: Visitor) -> None:
    secret = enrolled(archive, visitor)
    with archive.reading() as session:
        kept = session.scalar(select(User.tf_totp_secret))
    assert kept is not None
    assert secret.replace("-", "").replace(" ", "") not in kept


def test_a_mistyped_first_code_keeps_the_picture(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "lin", Role.ARCHIVIST)
    visitor.sign_in("lin")
    page = visitor.post("/account/second-factor", {"setup": "authenticator"})
    assert 'src="data:image/svg+xml;base64,' in page.text
    secret = re.search(r"user-select-all\">([^<]+)</code>", page.text)
    assert secret is not None
    right = visitor.code_of(secret[1])
    wrong = f"{(int(right) + 1) % 1_000_000:06}"
    again = visitor.client.post("/sign-in/code", data={"csrf_token": form_token(page), "code": wrong})
    assert "验证码不正确" in again.text
    done = visitor.client.post("/sign-in/code", data={"csrf_token": form_token(again), "code": right})
    assert done.location == "/account/second-factor/done"
    assert "恢复码" in visitor.get(done.location).text


def codes_on(page: TestResponse) -> list[str]:
    return re.findall(r"\b[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}\b", page.text)


def recovery_codes(visitor: Visitor) -> list[str]:
    return codes_on(visitor.post("/account/recovery-codes", {"generate_new_codes": "1"}))


def test_who_turns_it_on_sees_recovery_codes_at_once_and_once(archive: Archive, visitor: Visitor) -> None:
    enrolled(archive, visitor)
    codes = codes_on(visitor.get("/account/second-factor/done"))
    assert len(set(codes)) == 8
    again = visitor.get("/account/second-factor/done")
    assert (again.location, codes_on(again)) == ("/account", [])
    signs_in_again(visitor)
    assert visitor.post("/sign-in/recovery", {"code": codes[0]}).status_code == 302


def test_the_first_recovery_codes_ask_for_the_password_again_later(
    archive: Archive, visitor: Visitor
) -> None:
    enrolled(archive, visitor)
    with visitor.client.session_transaction() as session:
        session["fs_paa"] = session["fs_paa"] - 3600
        session.pop("fs_gexp", None)
    answer = visitor.get("/account/second-factor/done")
    assert answer.location == "/sign-in/again?next=/account/second-factor/done"
    back = visitor.post(answer.location, {"password": PASSWORD})
    assert back.location == "/account/second-factor/done"
    assert len(codes_on(visitor.get(back.location))) == 8


def test_recovery_codes_open_the_account_once_each(archive: Archive, visitor: Visitor) -> None:
    enrolled(archive, visitor)
    codes = recovery_codes(visitor)
    assert len(set(codes)) == 8
    assert codes[0] not in visitor.get("/account/recovery-codes?show_codes=1").text
    with archive.reading() as session:
        kept = session.scalar(select(User.mf_recovery_codes))
    assert kept is not None
    assert not set(codes) & set(kept)
    signs_in_again(visitor)
    assert visitor.post("/sign-in/recovery", {"code": codes[0].upper()}).status_code == 302
    assert visitor.get("/").status_code == 200
    signs_in_again(visitor)
    assert "恢复码不正确" in visitor.post("/sign-in/recovery", {"code": codes[0]}).text
    assert visitor.post("/sign-in/recovery", {"code": codes[1]}).status_code == 302


def test_two_who_use_one_recovery_code_at_once_do_not_both_get_in(archive: Archive, visitor: Visitor) -> None:
    enrolled(archive, visitor)
    code = recovery_codes(visitor)[0]
    datastore = visitor.app.extensions["security"].datastore
    codes_util = visitor.app.extensions["security"].mf_recovery_codes_util
    with visitor.app.test_request_context():
        first, second = datastore.find_user(name="lin"), datastore.find_user(name="lin")
        assert codes_util.check_recovery_code(first, code)
        assert not codes_util.check_recovery_code(second, code)


def test_roles_with_power_have_a_week_and_then_nothing_else_opens(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    add_person(archive, "lin", Role.ARCHIVIST)
    visitor.sign_in("lin")
    assert "7 天" in visitor.get("/account").text
    clock.passes(days=6)
    visitor.sign_in("lin")
    assert "1 天" in visitor.get("/account").text
    clock.passes(days=1)
    visitor.sign_in("lin")
    assert visitor.get("/").location == "/account/second-factor"
    assert visitor.get("/account").location == "/account/second-factor"
    visitor.enrols()
    assert visitor.get("/").status_code == 200
    assert "天内" not in visitor.get("/account").text


def test_the_front_desk_needs_none(archive: Archive, visitor: Visitor, clock: MovableClock) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    clock.passes(days=30)
    visitor.sign_in("chen")
    assert visitor.get("/").status_code == 200
    assert "天内" not in visitor.get("/account").text


def test_who_needs_it_can_not_take_it_off(archive: Archive, visitor: Visitor) -> None:
    enrolled(archive, visitor)
    visitor.post("/account/second-factor", {"setup": "disable"})
    with archive.reading() as session:
        assert session.scalar(select(User.tf_primary_method)) == "authenticator"


def test_who_has_it_by_choice_takes_it_off(archive: Archive, visitor: Visitor) -> None:
    enrolled(archive, visitor, Role.FRONT_DESK)
    answer = visitor.post("/account/second-factor", {"setup": "disable"})
    assert answer.location == "/account/second-factor/done"
    with archive.reading() as session:
        kept = session.execute(select(User.tf_primary_method, User.tf_totp_secret)).one()
    assert tuple(kept) == (None, None)
    assert visitor.get("/").status_code == 200


def test_an_administrator_helps_after_a_lost_telephone(archive: Archive, visitor: Visitor) -> None:
    enrolled(archive, visitor)
    with archive.unit_of_work(service_actor("cli")) as work:
        lin = work.session.scalars(select(User)).one()
        service.drop_second_factor(work, lin.id)  # type: ignore[arg-type]  # an id all the same
    assert visitor.get("/").location == "/sign-in"
    assert visitor.sign_in("lin").location == "/"


def test_recovery_codes_ask_for_the_password_again_later(
    archive: Archive, app: Flask, visitor: Visitor
) -> None:
    enrolled(archive, visitor)
    with visitor.client.session_transaction() as session:
        session["fs_paa"] = session["fs_paa"] - 3600
        session.pop("fs_gexp", None)
    answer = visitor.get("/account/recovery-codes")
    assert answer.location == "/sign-in/again?next=/account/recovery-codes"
    assert visitor.post(answer.location, {"password": "not the password"}).status_code == 200
    back = visitor.post(answer.location, {"password": PASSWORD})
    assert back.location == "/account/recovery-codes"
    assert visitor.get("/account/recovery-codes").status_code == 200


@pytest.mark.parametrize("typed", ["", "12345", "abcdef", "１２３４５６", "0" * 30])
def test_nonsense_for_a_code_is_simply_wrong(archive: Archive, visitor: Visitor, typed: str) -> None:
    enrolled(archive, visitor)
    signs_in_again(visitor)
    assert visitor.post("/sign-in/code", {"code": typed}).status_code == 200
    assert visitor.get("/").location == "/sign-in"
