"""A role is taken back or becomes less, and what a person is told of it is so."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest
from sqlalchemy.exc import IntegrityError

from archive_service import audit
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.ids import UserId
from archive_service.people import service
from archive_service.people.queries import Terms, grants_of
from archive_service.people.rules.proposals import GrantState
from archive_service.people.rules.roles import Role
from archive_service.people.service.granting import put_forward
from tests.people.proposing import actions, approve, propose, roles
from tests.people.visitor import Visitor, actor, add_person
from tests.support.clock import MovableClock
from tests.support.pages import text_of


def replaced(archive: Archive, lin: UserId, zhao: UserId, chen: UserId) -> tuple[int, int]:
    """A grant with an end, and the one without that took its place."""
    before = propose(archive, lin, chen, Role.ARCHIVIST, valid_to=date(2026, 3, 14))
    approve(archive, zhao, before)
    after = propose(archive, lin, chen, Role.ARCHIVIST)
    approve(archive, zhao, after)
    return before, after


def test_nobody_is_told_that_a_role_is_gone_which_stands_by_a_newer_grant(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, visitor: Visitor
) -> None:
    before, after = replaced(archive, lin, zhao, chen)
    visitor.sign_in("lin")
    at = f"/system/people/{chen}"
    asked = visitor.post(f"{at}/roles/{before}/revoke", form_at=at)
    assert asked.status_code == 409
    words = text_of(asked.text)
    for told in ("此人仍有该角色", "2026-03-14", "还没有执行"):
        assert told in words, told
    assert "角色已收回" not in words
    assert f'action="{at}/roles/{after}/revoke"' in asked.text
    assert "archivist" in roles(archive, chen)
    assert "角色已收回" in visitor.post(f"{at}/roles/{after}/revoke", form_at=at, follow=True).text
    assert roles(archive, chen) == ("front_desk",)
    # Whoever comes later still is told what is so.
    assert "角色已收回" in visitor.post(f"{at}/roles/{before}/revoke", form_at=at, follow=True).text


def test_taking_back_and_approving_more_of_it_at_once_end_as_both_were_told(
    archive: Archive, lin: UserId, zhao: UserId
) -> None:
    who, admin = actor(archive, zhao), actor(archive, lin)
    for number in range(6):
        one = add_person(archive, f"p{number}")
        before = propose(archive, lin, one, Role.ARCHIVIST, valid_to=date(2026, 3, 14))
        approve(archive, zhao, before)
        longer = propose(archive, lin, one, Role.ARCHIVIST)

        def take_back(one: UserId = one, before: int = before) -> bool:
            try:
                with archive.unit_of_work(admin) as work:
                    service.revoke_role(work, one, before)
            except service.RoleStands:
                return False
            return True

        def lengthen(longer: int = longer) -> bool:
            try:
                with archive.unit_of_work(who) as work:
                    service.approve_role(work, longer)
            except service.ProposalDecided:
                return False
            return True

        with ThreadPoolExecutor(2) as pool:
            back, more = pool.submit(take_back), pool.submit(lengthen)
            gone = back.result()
            assert gone is not more.result()
        assert roles(archive, one) == (() if gone else ("archivist",))


def test_a_role_that_ran_out_has_no_classes_to_change_and_that_is_said(
    archive: Archive, lin: UserId, zhao: UserId, visitor: Visitor, clock: MovableClock
) -> None:
    li = add_person(archive, "li")
    approve(archive, zhao, propose(archive, lin, li, Role.ENGINEERING, valid_to=date(2026, 3, 10)))
    with archive.reading() as session:
        grant = grants_of(session, clock.now(), li)[0].id
    visitor.sign_in("lin")
    form, at = f"/system/people/{li}/roles/{grant}/classes", f"/system/people/{li}"
    assert form in visitor.get(at).text
    clock.passes(days=3)
    visitor.sign_in("lin")
    assert form not in visitor.get(at).text
    for classes in (["KJ", "ZX", "HT"], ["KJ.02"]):
        with pytest.raises(service.RoleOver), archive.unit_of_work(actor(archive, lin)) as work:
            service.change_classes(work, li, grant, classes)
    told = visitor.post(form, {"classes": "HT"}, form_at=at, follow=True)
    assert "截止日已过" in text_of(told.text)


def test_what_else_the_database_refuses_is_not_taken_for_a_proposal_that_waits(
    archive: Archive, lin: UserId, chen: UserId
) -> None:
    backwards = Terms(date(2026, 3, 12), date(2026, 3, 10), None)
    for waits in (True, False):
        with pytest.raises(IntegrityError), archive.unit_of_work(actor(archive, lin)) as work:
            put_forward(work, chen, Role.CASHIER, backwards, waits=waits)


def test_an_earlier_last_day_counts_at_once_and_stays_the_word_of_those_who_gave_it(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, clock: MovableClock
) -> None:
    approve(archive, zhao, propose(archive, lin, chen, Role.CASHIER, valid_to=date(2026, 3, 30)))
    longer = propose(archive, lin, chen, Role.CASHIER)
    with archive.unit_of_work(actor(archive, lin)) as work:
        shorter = service.propose_role(work, chen, Role.CASHIER, valid_to=date(2026, 3, 12))
    assert (shorter.waits, shorter.is_less) == (False, True)
    with archive.reading() as session:
        rows = {row.id: row for row in grants_of(session, clock.now(), chen)}
        trail = audit.trail(session, subject=f"user:{chen}")
    assert rows[longer].state is GrantState.WITHDRAWN
    row = rows[shorter.grant_id]
    assert (row.valid_to, row.decided_by, row.granted_by, row.holds) == (
        date(2026, 3, 12), "zhao 先生", "lin 先生", True,
    )  # fmt: skip
    told = next(one.facts for one in trail if one.action == "role.ends-earlier")
    assert told == {"role": "cashier", "before": "2026-03-30", "after": "2026-03-12"}
    clock.passes(days=4)
    assert roles(archive, chen) == ("front_desk",)


def test_fewer_days_and_classes_together_count_at_once_but_not_with_anything_more(
    archive: Archive, lin: UserId, zhao: UserId
) -> None:
    li, soon = add_person(archive, "li", Role.ENGINEERING), date(2026, 3, 20)
    propose(archive, lin, li, Role.ENGINEERING, valid_to=soon, classes=["HT"])
    with archive.unit_of_work(actor(archive, lin)) as work:
        assert service.propose_role(work, li, Role.ENGINEERING, valid_to=soon, classes=["KJ.02"]).is_less
    assert actor(archive, li).upload_classes == ("KJ.02",)
    assert {"role.ends-earlier", "role.classes-changed"} <= set(actions(archive, li))
    with pytest.raises(service.HasRole):
        propose(archive, lin, li, Role.ENGINEERING, valid_to=soon, classes=["KJ.02"])


def test_the_only_administrator_is_given_no_end(archive: Archive, lin: UserId) -> None:
    with pytest.raises(service.LastAdministrator), archive.unit_of_work(service_actor("cli")) as work:
        service.propose_role(work, lin, Role.IT_ADMIN, valid_to=date(2026, 3, 20))


def test_the_page_says_that_the_earlier_end_counts(
    archive: Archive, lin: UserId, chen: UserId, visitor: Visitor
) -> None:
    visitor.sign_in("lin")
    at = f"/system/people/{chen}"
    asked = {"role": "front_desk", "valid_to": "2026-03-20"}
    assert "立即生效" in visitor.post(f"{at}/roles", asked, form_at=at, follow=True).text
    assert "2026-03-20" in text_of(visitor.get(at).text)
