import re
from datetime import date

import pytest
from sqlalchemy import insert, text
from sqlalchemy.exc import IntegrityError

from archive_service import audit, people
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.ids import UserId
from archive_service.people import PersonRow, service
from archive_service.people.models import RoleGrant
from archive_service.people.queries import grants_of
from archive_service.people.rules.roles import Role
from tests.people.visitor import PASSWORD, Visitor, actor, add_person
from tests.support.clock import MovableClock


def row(archive: Archive, user_id: UserId) -> PersonRow:
    with archive.reading() as session:
        found = people.person(session, archive.clock.now(), user_id)
    assert found is not None
    return found


@pytest.fixture
def lin(archive: Archive, visitor: Visitor) -> UserId:
    """The administrator, signed in at ``visitor``'s browser."""
    lin = add_person(archive, "lin", Role.IT_ADMIN)
    visitor.sign_in("lin")
    return lin


def test_an_administrator_makes_an_account_that_opens_by_a_link(
    archive: Archive, visitor: Visitor, lin: UserId
) -> None:
    page = visitor.post(
        "/system/people/new",
        {
            "name": "chen",
            "display_name": "陈",
            "roles": ["front_desk", "cashier"],
            "password": "",
            "password_again": "",
        },
    )
    link = re.search(r'value="http://localhost(/setup/[^"]+)"', page.text)
    assert link is not None
    other = Visitor(visitor.app, visitor.clock)
    other.post(link[1], {"password": PASSWORD, "password_again": PASSWORD})
    assert other.sign_in("chen").location == "/"
    chen = next(one for one in everybody(archive) if one.name == "chen")
    assert chen.roles == (Role.FRONT_DESK, Role.CASHIER)


def everybody(archive: Archive) -> list[PersonRow]:
    with archive.reading() as session:
        return people.people(session, archive.clock.now())


def test_or_with_a_password_to_begin_with(archive: Archive, visitor: Visitor, lin: UserId) -> None:
    form = {"name": "chen", "display_name": "陈", "password": PASSWORD, "password_again": PASSWORD}
    answer = visitor.post("/system/people/new", form)
    assert re.fullmatch(r"/system/people/\d+", answer.location or "")
    assert "已有人使用" in visitor.post("/system/people/new", {**form, "name": "CHEN"}).text


def test_nobody_grants_to_themselves(archive: Archive, visitor: Visitor, lin: UserId) -> None:
    answer = visitor.post(f"/system/people/{lin}/roles", {"role": "archivist"}, form_at="/account")
    assert answer.status_code == 403
    with pytest.raises(service.NotOnYourself), archive.unit_of_work(actor(archive, lin)) as work:
        service.propose_role(work, lin, Role.ARCHIVIST)
    assert row(archive, lin).roles == (Role.IT_ADMIN,)


def test_and_the_database_refuses_it_as_well(archive: Archive, lin: UserId) -> None:
    values = {
        "user_id": lin,
        "role": "archivist",
        "valid_from": date(2026, 3, 9),
        "granted_by": lin,
        "granted_at": archive.clock.now(),
    }
    with pytest.raises(IntegrityError), archive.sessions.writing() as session:
        session.execute(insert(RoleGrant).values(values))


def test_a_role_stands_once(archive: Archive, lin: UserId) -> None:
    chen = add_person(archive, "chen", Role.CASHIER)
    with pytest.raises(service.HasRole), archive.unit_of_work(actor(archive, lin)) as work:
        service.propose_role(work, chen, Role.CASHIER)
    values = (
        "(user_id, role, valid_from, granted_at) VALUES (:id, 'cashier', '2026-03-09', '2026-03-09 01:00')"
    )
    with pytest.raises(IntegrityError), archive.sessions.writing() as session:
        session.execute(text(f"INSERT INTO role_grant {values}"), {"id": chen})


def test_a_role_is_granted_for_some_days(
    archive: Archive, visitor: Visitor, clock: MovableClock, lin: UserId
) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    form = {"role": "cashier", "valid_from": "2026-03-10", "valid_to": "2026-03-11"}
    visitor.post(f"/system/people/{chen}/roles", form, form_at=f"/system/people/{chen}")
    assert row(archive, chen).roles == (Role.FRONT_DESK,)
    clock.passes(days=1)
    assert row(archive, chen).roles == (Role.FRONT_DESK, Role.CASHIER)
    clock.passes(days=2)
    assert row(archive, chen).roles == (Role.FRONT_DESK,)
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.propose_role(work, chen, Role.CASHIER)
    assert row(archive, chen).roles == (Role.FRONT_DESK, Role.CASHIER)


@pytest.mark.parametrize(("start", "end"), [("2026-03-12", "2026-03-11"), ("2026-03-01", "2026-03-08")])
def test_dates_that_make_no_sense_are_refused(
    archive: Archive, visitor: Visitor, lin: UserId, start: str, end: str
) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    form = {"role": "cashier", "valid_from": start, "valid_to": end}
    answer = visitor.post(f"/system/people/{chen}/roles", form, form_at=f"/system/people/{chen}")
    assert answer.status_code == 422
    assert "截止日" in answer.text
    assert row(archive, chen).roles == (Role.FRONT_DESK,)


def test_a_role_is_taken_back_at_once_and_the_grant_stays_on_record(
    archive: Archive, visitor: Visitor, lin: UserId
) -> None:
    chen = add_person(archive, "chen", Role.CASHIER)
    with archive.reading() as session:
        grant = grants_of(session, archive.clock.now(), chen)[0]
    at = f"/system/people/{chen}"
    visitor.post(f"{at}/roles/{grant.id}/revoke", form_at=at)
    assert row(archive, chen).roles == ()
    with archive.reading() as session:
        assert grants_of(session, archive.clock.now(), chen)[0].revoked_at == archive.clock.now()


def test_a_grant_is_only_taken_back_from_whom_it_was_given_to(archive: Archive, lin: UserId) -> None:
    chen, wang = add_person(archive, "chen", Role.CASHIER), add_person(archive, "wang", Role.CASHIER)
    with archive.reading() as session:
        grant = grants_of(session, archive.clock.now(), chen)[0]
    with pytest.raises(NotFound), archive.unit_of_work(actor(archive, lin)) as work:
        service.revoke_role(work, wang, grant.id)


def test_the_last_administrator_stays(archive: Archive) -> None:
    lin = add_person(archive, "lin", Role.IT_ADMIN)
    with archive.reading() as session:
        grant = grants_of(session, archive.clock.now(), lin)[0]
    with pytest.raises(service.LastAdministrator), archive.unit_of_work(service_actor("cli")) as work:
        service.disable(work, lin)
    with pytest.raises(service.LastAdministrator), archive.unit_of_work(service_actor("cli")) as work:
        service.revoke_role(work, lin, grant.id)
    add_person(archive, "wang", Role.IT_ADMIN)
    with archive.unit_of_work(service_actor("cli")) as work:
        service.disable(work, lin)
    assert not row(archive, lin).active


def test_nobody_closes_their_own_account(archive: Archive, lin: UserId) -> None:
    add_person(archive, "wang", Role.IT_ADMIN)
    with pytest.raises(service.NotOnYourself), archive.unit_of_work(actor(archive, lin)) as work:
        service.disable(work, lin)


def test_an_account_is_closed_and_opened_again(archive: Archive, visitor: Visitor, lin: UserId) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    at = f"/system/people/{chen}"
    visitor.post(f"{at}/disable", form_at=at)
    other = Visitor(visitor.app, visitor.clock)
    assert other.sign_in("chen").status_code == 200
    visitor.post(f"{at}/enable", form_at=at)
    assert other.sign_in("chen").location == "/"


def test_cashier_and_archivist_together_are_warned_of(
    archive: Archive, visitor: Visitor, lin: UserId
) -> None:
    chen = add_person(archive, "chen", Role.CASHIER, Role.ARCHIVIST)
    assert "会计档案（KU）须由财务部保管" in visitor.get(f"/system/people/{chen}").text


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.IT_ADMIN])
def test_only_an_administrator_changes_people(archive: Archive, role: Role) -> None:
    someone, chen = add_person(archive, "someone", role), add_person(archive, "chen", Role.FRONT_DESK)
    me = actor(archive, someone)
    verbs = (
        lambda work: service.add_person(work, name="new", password=None),
        lambda work: service.propose_role(work, chen, Role.ARCHIVIST),
        lambda work: service.disable(work, chen),
        lambda work: service.enable(work, chen),
        lambda work: service.make_password_link(work, chen),
        lambda work: service.set_password(work, chen, service.hash_password(PASSWORD, "chen")),
        lambda work: service.drop_second_factor(work, chen),
        lambda work: service.end_sessions_of(work, chen),
        lambda work: service.set_language(work, chen, "en"),
    )
    for verb in verbs:
        with pytest.raises(Forbidden), archive.unit_of_work(me) as work:
            verb(work)


@pytest.mark.parametrize("role", list(Role))
def test_who_sees_the_pages_of_people(archive: Archive, visitor: Visitor, role: Role) -> None:
    someone = add_person(archive, "someone", role)
    visitor.sign_in("someone")
    seeing = {Role.IT_ADMIN, Role.SC_MANAGER, Role.COMPANY_LEADER, Role.AUDITOR}
    expected = 200 if role in seeing else 403
    assert visitor.get("/system/people").status_code == expected
    assert visitor.get(f"/system/people/{someone}").status_code == expected
    assert visitor.get("/system/people/new").status_code == (200 if role is Role.IT_ADMIN else 403)


def test_the_list_is_sorted_and_paged(archive: Archive, visitor: Visitor, lin: UserId) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        for number in range(60):
            service.add_person(work, name=f"p{number:02}", display_name=f"{59 - number:02}")
    first = visitor.get("/system/people?sort=-name").text
    assert first.index(">p59<") < first.index(">p10<")
    assert ">p09<" not in first
    assert ">p09<" in visitor.get("/system/people?sort=-name&page=2").text
    assert visitor.get("/system/people?sort=password&page=x").status_code == 200


def test_markup_in_names_stays_text(archive: Archive, visitor: Visitor, lin: UserId) -> None:
    evil = '"><img src=x onerror=alert(1)>{{7*7}}'
    with archive.unit_of_work(service_actor("cli")) as work:
        chen = service.add_person(work, name="chen", display_name=evil)
    for path in ("/system/people", f"/system/people/{chen}"):
        assert "<img src=x" not in visitor.get(path).text


def test_the_trail_names_people_by_their_ids_alone(archive: Archive, visitor: Visitor, lin: UserId) -> None:
    form = {"name": "zhangsan", "display_name": "张三", "password": PASSWORD, "password_again": PASSWORD}
    visitor.post("/system/people/new", {**form, "roles": ["cashier"]})
    with archive.reading() as session:
        trail = audit.trail(session)
        told = " ".join(f"{e.actor} {e.action} {e.subject} {e.facts}" for e in trail)
        assert audit.verify(session) is None
    assert "zhangsan" not in told
    assert "张三" not in told
    assert (f"user:{lin}/page", "role.granted-at-once") in {(e.actor, e.action) for e in trail}


def test_steps_with_consequences_ask_for_the_password_again(
    archive: Archive, visitor: Visitor, lin: UserId
) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    at = f"/system/people/{chen}"
    token = visitor.token(at)
    with visitor.client.session_transaction() as session:
        session["fs_paa"] = session["fs_paa"] - 3600
        session.pop("fs_gexp", None)
    answer = visitor.client.post(f"{at}/roles", data={"csrf_token": token, "role": "archivist"})
    assert "/sign-in/again" in str(answer.location)
    assert row(archive, chen).roles == (Role.FRONT_DESK,)
