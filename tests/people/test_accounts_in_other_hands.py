"""An account that an administrator could sign in to is no second person."""

import pytest

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import UserId
from archive_service.people import service
from archive_service.people.rules.roles import Role
from tests.people.proposing import approve, propose, roles
from tests.people.visitor import Visitor, actor, add_person
from tests.support.clock import MovableClock
from tests.support.pages import text_of
from tests.support.seating import seat


def test_an_administrator_who_had_the_managers_account_in_hand_has_nothing_approved_by_it(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, visitor: Visitor, clock: MovableClock
) -> None:
    wang, boss = add_person(archive, "wang", Role.IT_ADMIN), add_person(archive, "boss", Role.SC_MANAGER)
    clock.passes(days=60)
    mine, others = (propose(archive, by, chen, r) for by, r in ((lin, Role.CASHIER), (wang, Role.AUDITOR)))
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.drop_second_factor(work, zhao)
    with archive.unit_of_work(actor(archive, lin)) as work:
        link = service.make_password_link(work, zhao)
    with archive.unit_of_work(service_actor("setup")) as work:
        service.choose_password(work, link, service.hash_password("lange genug und neu", "zhao"))
    # Nor what another administrator proposed, whose account may be in the same hands.
    for grant in (mine, others):
        with pytest.raises(service.InOtherHands):
            approve(archive, zhao, grant)
    visitor.sign_in("zhao", "lange genug und neu")
    page = visitor.get("/system/roles")
    assert "14 天" in text_of(page.text)
    assert 'value="approve"' not in page.text
    told = visitor.post(f"/system/roles/{mine}", {"answer": "approve"}, form_at="/account", follow=True)
    assert "14 天" in text_of(told.text)
    assert roles(archive, chen) == ("front_desk",)
    approve(archive, boss, mine)
    clock.passes(days=15)
    approve(archive, zhao, others)
    assert roles(archive, chen) == ("front_desk", "cashier", "auditor")


@pytest.mark.parametrize("step", ["link", "reset", "password", "account"])
def test_each_way_to_somebody_elses_account_rests_it_and_the_server_helps(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, clock: MovableClock, step: str
) -> None:
    clock.passes(days=60)
    decider = zhao
    grant = propose(archive, lin, chen, Role.CASHIER)
    with archive.unit_of_work(actor(archive, lin)) as work:
        if step == "link":
            service.make_password_link(work, zhao)
        elif step == "reset":
            service.drop_second_factor(work, zhao)
        elif step == "password":
            service.set_password(work, zhao, service.hash_password("lange genug und neu", "zhao"))
        else:
            decider = service.add_person(work, name="boss", roles=["sc_manager"])
    if step == "account":
        seat(archive, decider)
        with archive.unit_of_work(service_actor("cli")) as work:
            service.disable(work, zhao)
    with pytest.raises(service.InOtherHands):
        approve(archive, decider, grant)
    with archive.unit_of_work(service_actor("cli")) as work:
        service.approve_role(work, grant)


def test_what_a_manager_does_to_their_own_account_and_the_server_to_it_rests_nothing(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, clock: MovableClock
) -> None:
    clock.passes(days=60)
    with archive.unit_of_work(service_actor("cli")) as work:
        link = service.make_password_link(work, zhao)
    with archive.unit_of_work(service_actor("setup")) as work:
        service.choose_password(work, link, service.hash_password("lange genug und neu", "zhao"))
    with archive.unit_of_work(actor(archive, zhao)) as work:
        service.drop_second_factor(work, zhao)
    approve(archive, zhao, propose(archive, lin, chen, Role.CASHIER))


def test_the_first_manager_begins_at_once(archive: Archive) -> None:
    lin, chen = add_person(archive, "lin", Role.IT_ADMIN), add_person(archive, "chen")
    with archive.unit_of_work(actor(archive, lin)) as work:
        zhao = service.add_person(work, name="zhao", roles=["sc_manager"])
        service.make_password_link(work, zhao)
    approve(archive, zhao, propose(archive, lin, chen, Role.CASHIER))
