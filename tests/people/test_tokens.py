import re
from collections.abc import Iterator
from datetime import timedelta

import pytest
from sqlalchemy import event, select

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Permission, service_actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.ids import UserId
from archive_service.people import create_token, holder_of_token, revoke_token, service, tokens
from archive_service.people.models import ApiToken
from archive_service.people.rules.roles import Role, Scope
from tests.people.visitor import Visitor, actor, add_person
from tests.support.clock import MovableClock


def token_of(archive: Archive, user_id: UserId, *scopes: Scope, days: int = 30) -> str:
    with archive.unit_of_work(service_actor("cli")) as work:
        return create_token(work, user_id, name="script", scopes=scopes or set(Scope), days=days)[1]


def asks(visitor: Visitor, token: str) -> tuple[int, dict[str, object]]:
    answer = visitor.app.test_client().get("/api/v1/whoami", headers={"Authorization": f"Bearer {token}"})
    assert answer.json is not None
    return answer.status_code, answer.json


def test_a_token_stands_for_its_owner_within_its_scopes(archive: Archive, visitor: Visitor) -> None:
    lin = add_person(archive, "lin", Role.ARCHIVIST, Role.IT_ADMIN)
    status, told = asks(visitor, token_of(archive, lin, Scope.READ))
    assert (status, told["via"]) == (200, "api")
    assert Permission.SEARCH in told["permissions"]  # type: ignore[operator]  # a list in JSON
    for forbidden in (Permission.UPLOAD, Permission.MANAGE_PEOPLE, Permission.RUN_JOBS):
        assert forbidden not in told["permissions"]  # type: ignore[operator]  # a list in JSON


@pytest.mark.parametrize("why", ["expired", "revoked", "closed", "unknown", "cut"])
def test_a_token_that_has_ended_opens_nothing(
    archive: Archive, visitor: Visitor, clock: MovableClock, why: str
) -> None:
    lin = add_person(archive, "lin", Role.ARCHIVIST)
    token = token_of(archive, lin)
    if why == "expired":
        clock.passes(days=30)
    elif why == "revoked":
        with archive.unit_of_work(actor(archive, lin)) as work:
            revoke_token(work, tokens(work.session)[0].token_id)
    elif why == "closed":
        with archive.unit_of_work(service_actor("cli")) as work:
            service.disable(work, lin)
    elif why == "unknown":
        token = "arc_" + "x" * 43
    else:
        token = token[:-1]
    assert asks(visitor, token)[1]["via"] == "anonymous"


def test_a_wrong_token_does_not_fall_back_on_the_cookie(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    told = visitor.get("/api/v1/whoami", headers={"Authorization": "Bearer nonsense"}).json
    assert told is not None
    assert told["via"] == "anonymous"


def test_a_token_opens_no_page(archive: Archive, visitor: Visitor) -> None:
    token = token_of(archive, add_person(archive, "lin", Role.ARCHIVIST))
    assert visitor.get("/", headers={"Authorization": f"Bearer {token}"}).location == "/sign-in"


def test_a_token_ends_with_its_owners_grace_until_there_is_a_second_factor(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    lin, chen = add_person(archive, "lin", Role.ARCHIVIST), add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("lin")
    of_lin, of_chen = token_of(archive, lin), token_of(archive, chen)
    clock.passes(days=6)
    assert asks(visitor, of_lin)[0] == 200
    clock.passes(days=1)
    status, told = asks(visitor, of_lin)
    assert (status, told["code"]) == (403, "people.second-factor-due")
    assert asks(visitor, of_chen)[0] == 200
    visitor.sign_in("lin")
    visitor.enrols()
    assert asks(visitor, of_lin)[0] == 200


def test_only_the_digest_is_kept(archive: Archive) -> None:
    token = token_of(archive, add_person(archive, "lin", Role.ARCHIVIST))
    with archive.reading() as session:
        kept = session.execute(select(ApiToken.__table__)).one()
    assert token not in str(kept)
    assert len(token) >= 47


@pytest.mark.parametrize("days", [0, 91, -1])
def test_a_token_lasts_ninety_days_at_most(archive: Archive, days: int) -> None:
    lin = add_person(archive, "lin", Role.ARCHIVIST)
    with pytest.raises(service.WrongDays):
        token_of(archive, lin, days=days)


def test_one_makes_tokens_for_oneself_only_and_never_with_a_token(archive: Archive) -> None:
    lin, chen = add_person(archive, "lin", Role.IT_ADMIN), add_person(archive, "chen", Role.FRONT_DESK)
    with pytest.raises(Forbidden), archive.unit_of_work(actor(archive, lin)) as work:
        create_token(work, chen, name="x", scopes={Scope.READ})
    token = token_of(archive, lin)
    with archive.reading() as session:
        program = holder_of_token(session, token, archive.clock.now())
    assert program is not None
    with pytest.raises(Forbidden), archive.unit_of_work(program.actor) as work:
        create_token(work, lin, name="x", scopes={Scope.READ})


def test_foreign_tokens_are_not_there(archive: Archive) -> None:
    lin, chen = add_person(archive, "lin", Role.ARCHIVIST), add_person(archive, "chen", Role.FRONT_DESK)
    token_of(archive, lin)
    with pytest.raises(NotFound), archive.unit_of_work(actor(archive, chen)) as work:
        revoke_token(work, tokens(work.session)[0].token_id)


def test_the_use_of_a_token_is_noted_at_most_once_a_minute(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    token = token_of(archive, add_person(archive, "lin", Role.ARCHIVIST))

    def last_used() -> object:
        with archive.reading() as session:
            return tokens(session)[0].last_used_at

    asks(visitor, token)
    first = clock.now()
    assert last_used() == first
    clock.passes(seconds=59)
    asks(visitor, token)
    assert last_used() == first
    clock.passes(seconds=1)
    asks(visitor, token)
    assert last_used() == first + timedelta(minutes=1)


@pytest.fixture
def statements(archive: Archive) -> Iterator[list[str]]:
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        if statement != "BEGIN":
            seen.append(statement)

    event.listen(archive.sessions.engine, "before_cursor_execute", note)
    yield seen
    event.remove(archive.sessions.engine, "before_cursor_execute", note)


def test_a_token_costs_three_statements_whether_it_is_good_or_not(
    archive: Archive, statements: list[str]
) -> None:
    lin = add_person(archive, "lin", Role.ARCHIVIST, Role.CASHIER, Role.IT_ADMIN)
    token = token_of(archive, lin)
    for asked in (token, "nonsense"):
        with archive.reading() as session:
            statements.clear()
            holder_of_token(session, asked, archive.clock.now())
            assert len(statements) == 3


def test_a_token_is_made_on_the_account_page_and_shown_once(archive: Archive, visitor: Visitor) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    form = {"name": "扫描仪", "scopes": ["read", "write"], "days": "7"}
    page = visitor.post("/account/tokens", form, form_at="/account")
    shown = re.search(r'value="(arc_[^"]+)"', page.text)
    assert shown is not None
    assert asks(visitor, shown[1])[1]["name"] == "chen 先生"
    again = visitor.get("/account").text
    assert "扫描仪" in again
    assert shown[1] not in again
    with archive.reading() as session:
        token_id = tokens(session)[0].token_id
    visitor.post(f"/account/tokens/{token_id}/revoke", form_at="/account")
    assert asks(visitor, shown[1])[1]["via"] == "anonymous"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"days": "91"}, "1 到 90 天"),
        ({"scopes": ["admin"]}, ""),
        ({"scopes": []}, "此项必填"),
        ({"name": ""}, "此项必填"),
    ],
)
def test_a_token_form_that_is_not_right_makes_none(
    archive: Archive, visitor: Visitor, change: dict[str, object], said: str
) -> None:
    add_person(archive, "chen", Role.FRONT_DESK)
    visitor.sign_in("chen")
    form = {"name": "扫描仪", "scopes": ["read"], "days": "7", **change}
    answer = visitor.post("/account/tokens", form, form_at="/account")
    assert answer.status_code == 422
    assert said in answer.text
    with archive.reading() as session:
        assert tokens(session) == []
