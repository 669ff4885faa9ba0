"""The page on which roles are proposed and decided, and what else shows them."""

from datetime import date

from archive_service.bootstrap import Archive
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.ids import UserId
from archive_service.people import service
from archive_service.people.queries import grants_of
from archive_service.people.rules.proposals import ROLE_DUTIES, GrantState
from archive_service.people.rules.roles import Role
from tests.people.proposing import propose, roles, state
from tests.people.visitor import Visitor, actor, add_person
from tests.support.counting import counted
from tests.support.pages import text_of


def test_the_manager_finds_it_reads_what_it_means_and_decides_with_one_button(
    archive: Archive, lin: UserId, zhao: UserId, visitor: Visitor
) -> None:
    sun = add_person(archive, "sun", Role.CASHIER)
    grant = propose(archive, lin, sun, Role.ARCHIVIST, valid_to=date(2026, 6, 30))
    visitor.sign_in("zhao")
    page = visitor.get("/system/roles")
    words = text_of(page.text)
    for told in ("sun 先生", "档案员", "著录并归档", "保密", "须说明理由", "lin 先生", "2026-06-30"):
        assert told in words, told
    assert "会计档案（KU）须由财务部保管" in words
    assert "等待审批" in text_of(visitor.get(f"/system/people/{sun}").text)
    answer = visitor.post(f"/system/roles/{grant}", {"answer": "approve"}, form_at="/system/roles")
    assert answer.location == "/system/roles"
    assert roles(archive, sun) == ("archivist", "cashier")
    again = visitor.post(
        f"/system/roles/{grant}", {"answer": "refuse", "comment": "x"}, form_at="/account", follow=True
    )
    assert "已有人先处理" in text_of(again.text)


def test_a_refusal_without_a_reason_is_sent_back(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, visitor: Visitor
) -> None:
    grant = propose(archive, lin, chen, Role.CASHIER)
    visitor.sign_in("zhao")
    at = f"/system/roles/{grant}"
    assert "说明" in text_of(
        visitor.post(at, {"answer": "refuse"}, form_at="/system/roles", follow=True).text
    )
    assert state(archive, chen, grant) is GrantState.WAITING
    evil = "<img src=x onerror=alert(1)>"
    visitor.post(at, {"answer": "refuse", "comment": evil}, form_at="/system/roles")
    assert state(archive, chen, grant) is GrantState.REFUSED
    assert "<img src=x" not in visitor.get(f"/system/people/{chen}").text


def test_a_stale_one_can_only_be_refused_on_the_page(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, visitor: Visitor
) -> None:
    grant = propose(archive, lin, chen, Role.CASHIER)
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.disable(work, chen)
    visitor.sign_in("zhao")
    page = visitor.get("/system/roles").text
    assert "该账号已停用" in page
    assert 'value="approve"' not in page
    told = visitor.post(f"/system/roles/{grant}", {"answer": "approve"}, form_at="/system/roles", follow=True)
    assert "该账号已停用" in told.text
    assert state(archive, chen, grant) is GrantState.WAITING


def test_the_administrator_sees_that_it_waits_and_withdraws_it(
    archive: Archive, lin: UserId, chen: UserId, visitor: Visitor
) -> None:
    visitor.sign_in("lin")
    at = f"/system/people/{chen}"
    told = visitor.post(f"{at}/roles", {"role": "cashier"}, form_at=at, follow=True)
    assert "待经理批准后生效" in told.text
    assert "等待审批" in text_of(told.text)
    assert "收款员：等待审批" in text_of(visitor.get("/system/people").text)
    with archive.reading() as session:
        grant = grants_of(session, archive.clock.now(), chen)[0]
    refused = visitor.post(f"/system/roles/{grant.id}", {"answer": "approve"}, form_at=at)
    assert refused.status_code == 403
    visitor.post(f"/system/roles/{grant.id}/withdraw", form_at=at)
    assert state(archive, chen, grant.id) is GrantState.WITHDRAWN


def test_a_new_administrator_is_told_whom_to_grant_first(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "lin", Role.IT_ADMIN)
    visitor.sign_in("lin")
    pages = ("/system/people", "/system/people/new")
    assert all("请先为一人授予服务中心经理角色" in visitor.get(page).text for page in pages)
    add_person(archive, "zhao", Role.SC_MANAGER)
    assert not any("请先为一人授予服务中心经理角色" in visitor.get(page).text for page in pages)
    form = {
        "name": "chen",
        "display_name": "陈",
        "roles": ["front_desk"],
        "password": "",
        "password_again": "",
    }
    assert "角色待经理批准后生效" in visitor.post("/system/people/new", form).text


def test_the_page_takes_the_same_number_of_statements(
    archive: Archive, lin: UserId, zhao: UserId, visitor: Visitor
) -> None:
    visitor.sign_in("zhao")

    def statements() -> int:
        with counted(archive.sessions.engine) as sent:
            assert visitor.get("/system/roles").status_code == 200
        return sent.count

    propose(archive, lin, add_person(archive, "p0"), Role.CASHIER)
    visitor.get("/system/roles")
    few = statements()
    for number in range(1, 25):
        propose(archive, lin, add_person(archive, f"p{number}"), Role.CASHIER)
    assert statements() == few
    assert "p24 先生" in visitor.get("/system/roles?page=2").text


def test_nobody_told_a_person_that_nobody_can_decide(
    archive: Archive, lin: UserId, zhao: UserId, chen: UserId, visitor: Visitor
) -> None:
    propose(archive, lin, chen, Role.CASHIER)
    visitor.sign_in("lin")
    assert "目前无人可以批准角色" not in visitor.get("/system/roles").text
    with archive.unit_of_work(actor(archive, lin)) as work:
        service.disable(work, zhao)
    assert "目前无人可以批准角色" in visitor.get("/system/roles").text


def test_every_role_says_in_plain_words_what_it_does() -> None:
    assert set(ROLE_DUTIES) == set(Role)


def test_refusals_of_decisions_have_words_of_their_own() -> None:
    kinds = (service.PersonClosed, service.ProposerGone, service.RoleChanged, service.ProposalOver)
    assert len({kind.message for kind in kinds} - {ArchiveError.message}) == len(kinds)
