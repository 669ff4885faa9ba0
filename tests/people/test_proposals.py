"""An administrator proposes a role; it counts once somebody else, a manager, has approved it."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy import select, update
from sqlalchemy.exc import IntegrityError

from archive_service import people
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, Permission, service_actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.ids import UserId
from archive_service.people import queries, service
from archive_service.people.models import RoleGrant
from archive_service.people.queries import grants_of
from archive_service.people.rules.proposals import GrantState
from archive_service.people.rules.roles import Role, Scope
from tests.people.proposing import actions, approve, propose, roles, state
from tests.people.visitor import Visitor, actor, add_person
from tests.support.clock import MovableClock


def test_until_the_first_manager_a_role_holds_at_once_and_the_trail_says_so(archive: Archive) -> None:
    lin = add_person(archive, "lin", Role.IT_ADMIN)
    chen = add_person(archive, "chen")
    for role in (Role.ARCHIVIST, Role.SC_MANAGER):
        with archive.unit_of_work(actor(archive, lin)) as work:
            assert not service.propose_role(work, chen, role).waits
    assert roles(archive, chen) == ("archivist", "sc_manager")
    assert actions(archive, chen) == ["role.granted-at-once", "role.granted-at-once"]
    with archive.unit_of_work(actor(archive, lin)) as work:
        assert service.propose_role(work, chen, Role.CASHIER).waits
    assert roles(archive, chen) == ("archivist", "sc_manager")


def test_an_account_made_with_several_roles_has_all_of_them_from_its_making(archive: Archive) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        first = service.add_person(work, name="wang", roles=["sc_manager", "archivist"])
        second = service.add_person(work, name="wu", roles=["engineering"])
    assert roles(archive, first) == ("archivist", "sc_manager")
    assert roles(archive, second) == ()


def test_no_taking_back_and_no_closing_leads_back_to_one_who_decides_alone(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, clock: MovableClock
) -> None:
    with archive.reading() as session:
        grant = grants_of(session, clock.now(), zhao)[0]
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.revoke_role(work, zhao, grant.id)
        service.disable(work, zhao)
    clock.passes(days=400)
    propose(archive, lin, chen, Role.ARCHIVIST)
    assert roles(archive, chen) == ("front_desk",)


def test_a_proposed_role_counts_nowhere_until_it_is_approved(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, visitor: Visitor
) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        _, token = service.create_token(work, chen, name="script", scopes=[Scope.READ, Scope.WRITE])
    visitor.sign_in("chen")
    grant = propose(archive, lin, chen, Role.ARCHIVIST)

    def may_file() -> set[bool]:
        with archive.reading() as session:
            now = archive.clock.now()
            holder = people.holder_of_token(session, token, now)
            assert holder is not None
            at_work = next(one for one in people.everybody_at_work(session, now) if one.user_id == chen)
            listed = people.person(session, now, chen)
            record = queries.sign_in_record(session, now, name="chen")
        assert listed is not None
        assert record is not None
        able: tuple[Actor, ...] = (actor(archive, chen), holder.actor, at_work)
        told = {
            Role.ARCHIVIST in listed.roles,
            Role.ARCHIVIST in record.roles,
            Role.ARCHIVIST in holder.roles,
        }
        return {one.may(Permission.FILE) for one in able} | told

    assert may_file() == {False}
    assert visitor.get("/").status_code == 200
    approve(archive, zhao, grant)
    assert may_file() == {True}
    # As with every change of rights, the person signs in again.
    assert "/sign-in" in (visitor.get("/").location or "")
    assert actions(archive, chen)[:2] == ["role.approved", "role.proposed"]


def test_nobody_approves_what_they_proposed_or_what_would_be_their_own(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId
) -> None:
    both = add_person(archive, "both", Role.IT_ADMIN, Role.SC_MANAGER)
    mine, own = propose(archive, both, chen, Role.CASHIER), propose(archive, lin, both, Role.AUDITOR)
    for error, grant in ((service.OwnProposal, mine), (service.OwnRole, own)):
        with pytest.raises(error):
            approve(archive, both, grant)
        with pytest.raises(error), archive.unit_of_work(actor(archive, both)) as work:
            service.refuse_role(work, grant, "nein")
    approve(archive, zhao, mine)
    approve(archive, zhao, own)
    assert roles(archive, chen) == ("front_desk", "cashier")


@pytest.mark.parametrize("column", ["approved_by", "refused_by"])
def test_and_the_database_refuses_it_as_well(
    archive: Archive, lin: UserId, chen: UserId, column: str
) -> None:
    grant = propose(archive, lin, chen, Role.CASHIER)
    done = {column: None, column.replace("_by", "_at"): archive.clock.now()}
    why = {"refuse_reason": "x"} if column == "refused_by" else {}
    for who in (lin, chen):
        change = update(RoleGrant).where(RoleGrant.id == grant).values({**done, **why, column: who})
        with pytest.raises(IntegrityError), archive.sessions.writing() as session:
            session.execute(change)


def test_one_grant_is_decided_once_in_the_database_too(archive: Archive, lin: UserId, chen: UserId) -> None:
    grant = propose(archive, lin, chen, Role.CASHIER)
    now = archive.clock.now()
    wrong: tuple[dict[str, object], ...] = (
        {"approved_at": now, "withdrawn_at": now},
        {"refused_at": now},
        {"refused_at": now, "refuse_reason": "x", "approved_at": now},
        {"revoked_at": now},
    )
    for values in wrong:
        with pytest.raises(IntegrityError), archive.sessions.writing() as session:
            session.execute(update(RoleGrant).where(RoleGrant.id == grant).values(values))


@pytest.mark.parametrize("role", [role for role in Role if role is not Role.SC_MANAGER])
def test_only_a_manager_decides(archive: Archive, lin: UserId, chen: UserId, role: Role) -> None:
    someone, grant = add_person(archive, "someone", role), propose(archive, lin, chen, Role.CASHIER)
    with pytest.raises(Forbidden):
        approve(archive, someone, grant)
    with pytest.raises(Forbidden), archive.unit_of_work(actor(archive, someone)) as work:
        service.refuse_role(work, grant, "nein")
    assert state(archive, chen, grant) is GrantState.WAITING


def test_no_token_of_a_manager_can_do_it(archive: Archive, zhao: UserId) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        _, token = service.create_token(work, zhao, name="script", scopes=list(Scope))
    with archive.reading() as session:
        holder = people.holder_of_token(session, token, archive.clock.now())
    assert holder is not None
    assert not holder.actor.may(Permission.APPROVE_ROLES)


def test_a_manager_whose_role_just_ended_decides_nothing_more(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId
) -> None:
    grant, before = propose(archive, lin, chen, Role.CASHIER), actor(archive, zhao)
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.disable(work, zhao)
    with pytest.raises(Forbidden), archive.unit_of_work(before) as work:
        service.approve_role(work, grant)


def test_a_refusal_says_why_and_the_role_may_be_proposed_again(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId
) -> None:
    grant = propose(archive, lin, chen, Role.CASHIER)
    with pytest.raises(service.ProposalWaits):
        propose(archive, lin, chen, Role.CASHIER)
    with pytest.raises(service.RefusalNeedsReason), archive.unit_of_work(actor(archive, zhao)) as work:
        service.refuse_role(work, grant, " \u202e ")
    with archive.unit_of_work(actor(archive, zhao)) as work:
        service.refuse_role(work, grant, "管钱不管账")
    with archive.reading() as session:
        row = grants_of(session, archive.clock.now(), chen)[0]
    assert (row.state, row.reason, row.decided_by, row.holds) == (
        GrantState.REFUSED, "管钱不管账", "zhao 先生", False,
    )  # fmt: skip
    assert "管钱不管账" not in str(actions(archive, chen))
    with pytest.raises(service.ProposalDecided):
        approve(archive, zhao, grant)
    propose(archive, lin, chen, Role.CASHIER)


def test_whoever_proposed_it_withdraws_it(archive: Archive, lin: UserId, zhao: UserId, chen: UserId) -> None:
    grant = propose(archive, lin, chen, Role.CASHIER)
    with pytest.raises(Forbidden), archive.unit_of_work(actor(archive, zhao)) as work:
        service.withdraw_role(work, grant)
    with archive.unit_of_work(actor(archive, lin)) as work:
        assert service.withdraw_role(work, grant) == chen
    with pytest.raises(service.ProposalDecided):
        approve(archive, zhao, grant)
    assert actions(archive, chen)[0] == "role.withdrawn"


def test_what_became_stale_is_not_approved(archive: Archive, lin: UserId, zhao: UserId, chen: UserId) -> None:
    wang = add_person(archive, "wang", Role.IT_ADMIN)
    closed = propose(archive, lin, chen, Role.CASHIER)
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.disable(work, chen)
    with pytest.raises(service.PersonClosed):
        approve(archive, zhao, closed)
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.enable(work, chen)
    with archive.reading() as session:
        admin = next(g for g in grants_of(session, archive.clock.now(), lin) if g.role is Role.IT_ADMIN)
    with archive.unit_of_work(actor(archive, wang)) as work:
        service.revoke_role(work, lin, admin.id)
    with pytest.raises(service.ProposerGone):
        approve(archive, zhao, closed)
    assert roles(archive, chen) == ("front_desk",)
    with archive.unit_of_work(actor(archive, zhao)) as work:
        service.refuse_role(work, closed, "提出人已离岗")


def test_a_role_whose_days_are_over_is_not_approved(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, clock: MovableClock
) -> None:
    grant = propose(archive, lin, chen, Role.CASHIER, valid_to=date(2026, 3, 10))
    clock.passes(days=3)
    with pytest.raises(service.ProposalOver):
        approve(archive, zhao, grant)


def test_a_role_holds_from_its_approval_not_from_its_proposal(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, clock: MovableClock
) -> None:
    soon = propose(archive, lin, chen, Role.CASHIER)
    later = propose(archive, lin, chen, Role.AUDITOR, valid_from=date(2026, 3, 20))
    clock.passes(days=3)
    approve(archive, zhao, soon)
    approve(archive, zhao, later)
    with archive.reading() as session:
        first_days = {g.role: g.valid_from for g in grants_of(session, clock.now(), chen)}
    assert (first_days[Role.CASHIER], first_days[Role.AUDITOR]) == (date(2026, 3, 12), date(2026, 3, 20))
    assert roles(archive, chen) == ("front_desk", "cashier")
    clock.passes(days=8)
    assert roles(archive, chen) == ("front_desk", "cashier", "auditor")


def test_longer_days_are_proposed_and_the_role_goes_on_meanwhile(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, clock: MovableClock
) -> None:
    approve(archive, zhao, propose(archive, lin, chen, Role.CASHIER, valid_to=date(2026, 3, 20)))
    with pytest.raises(service.HasRole):
        propose(archive, lin, chen, Role.CASHIER, valid_to=date(2026, 3, 20))
    with pytest.raises(service.ChangesAtOnce):
        propose(archive, lin, chen, Role.CASHIER, valid_from=date(2026, 3, 21))
    longer = propose(archive, lin, chen, Role.CASHIER, valid_to=date(2026, 4, 20))
    assert roles(archive, chen) == ("front_desk", "cashier")
    approve(archive, zhao, longer)
    clock.passes(days=20)
    assert roles(archive, chen) == ("front_desk", "cashier")
    with archive.reading() as session:
        held = [g for g in grants_of(session, clock.now(), chen) if g.role is Role.CASHIER]
    assert [g.state for g in held] == [GrantState.APPROVED, GrantState.REVOKED]


def test_other_classes_are_proposed_and_fewer_count_at_once(
    archive: Archive, lin: UserId, zhao: UserId
) -> None:
    li = add_person(archive, "li", Role.ENGINEERING)

    def grant() -> int:
        with archive.reading() as session:
            return next(g.id for g in grants_of(session, archive.clock.now(), li) if g.holds)

    with archive.unit_of_work(actor(archive, lin)) as work:
        fewer = service.change_classes(work, li, grant(), ["KJ.02"])
    assert fewer is not None
    assert not fewer.waits
    assert actor(archive, li).upload_classes == ("KJ.02",)
    with archive.unit_of_work(actor(archive, lin)) as work:
        wider = service.change_classes(work, li, grant(), ["KJ.02", "HT"])
    assert wider is not None
    assert wider.waits
    assert actor(archive, li).upload_classes == ("KJ.02",)
    with archive.reading() as session:
        row = queries.proposal(session, archive.clock.now(), wider.grant_id)
    assert row is not None
    assert row.before is not None
    assert (row.before.classes, row.terms.classes) == (("KJ.02",), ("KJ.02", "HT"))
    approve(archive, zhao, wider.grant_id)
    assert actor(archive, li).upload_classes == ("KJ.02", "HT")
    with archive.unit_of_work(actor(archive, lin)) as work:
        usual = service.change_classes(work, li, grant(), [])
    assert usual is not None
    assert usual.waits  # its usual ones are others


def test_a_role_taken_back_meanwhile_does_not_come_back_by_a_change_of_it(
    archive: Archive, lin: UserId, zhao: UserId
) -> None:
    li = add_person(archive, "li", Role.ENGINEERING)
    with archive.reading() as session:
        has = grants_of(session, archive.clock.now(), li)[0]
    with archive.unit_of_work(actor(archive, lin)) as work:
        wider = service.change_classes(work, li, has.id, ["KJ", "ZX", "HT"])
    assert wider is not None
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.revoke_role(work, li, has.id)
    with pytest.raises(service.ProposalDecided):
        approve(archive, zhao, wider.grant_id)
    assert roles(archive, li) == ()
    assert actions(archive, li)[:2] == ["role.withdrawn", "role.revoked"]


def test_a_role_that_waits_can_not_be_taken_back_as_if_it_held(
    archive: Archive, lin: UserId, chen: UserId
) -> None:
    grant = propose(archive, lin, chen, Role.ENGINEERING)
    with archive.unit_of_work(actor(archive, lin)) as work:
        with pytest.raises(NotFound):
            service.revoke_role(work, chen, grant)
        with pytest.raises(NotFound):
            service.change_classes(work, chen, grant, ["KJ"])


def test_a_proposed_administrator_is_not_one_that_could_be_left_alone(
    archive: Archive, lin: UserId, chen: UserId
) -> None:
    propose(archive, lin, chen, Role.IT_ADMIN)
    with pytest.raises(service.LastAdministrator), archive.unit_of_work(service_actor("cli")) as work:
        service.disable(work, lin)


def test_ten_who_decide_at_once_leave_one_state_and_one_row(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId
) -> None:
    grant = propose(archive, lin, chen, Role.ARCHIVIST)
    managers = [add_person(archive, f"m{number}", Role.SC_MANAGER) for number in range(3)]
    deciders = [actor(archive, one) for one in (zhao, *managers)]
    proposer = actor(archive, lin)

    def decide(number: int) -> bool:
        try:
            if number % 5 == 4:
                with archive.unit_of_work(proposer) as work:
                    service.withdraw_role(work, grant)
            else:
                with archive.unit_of_work(deciders[number % 4]) as work:
                    if number % 2:
                        service.refuse_role(work, grant, "不同意")
                    else:
                        service.approve_role(work, grant)
        except service.ProposalDecided:
            return False
        return True

    with ThreadPoolExecutor(5) as pool:
        assert sum(pool.map(decide, range(10))) == 1
    assert len(actions(archive, chen)) == len(["role.proposed", "the decision"]) + seated(archive, chen)
    with archive.reading() as session:
        row = session.scalars(select(RoleGrant).where(RoleGrant.id == grant)).one()
        done = (row.approved_at, row.refused_at, row.withdrawn_at)
    assert sum(one is not None for one in done) == 1


def seated(archive: Archive, user_id: UserId) -> int:
    """How many rows of the trail came with the role that the person has from the start."""
    return len([one for one in actions(archive, user_id)[-2:] if one in ("role.proposed", "role.approved")])


def test_the_server_itself_decides_only_where_nobody_else_could(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId
) -> None:
    grant, own = propose(archive, lin, chen, Role.CASHIER), propose(archive, lin, zhao, Role.AUDITOR)
    server = service_actor("cli")
    with pytest.raises(service.NeedsSomebody), archive.unit_of_work(server) as work:
        service.approve_role(work, grant)
    with archive.unit_of_work(server) as work:
        service.approve_role(work, own)  # the only manager has no say in it
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.disable(work, zhao)
    with archive.unit_of_work(server) as work:
        service.approve_role(work, grant)
    assert roles(archive, chen) == ("front_desk", "cashier")
