from datetime import UTC, date, datetime, timedelta

import pytest

from archive_service.kernel.actor import Permission, service_actor
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level, Sight
from archive_service.people.rules import passwords
from archive_service.people.rules.proposals import is_within, openings
from archive_service.people.rules.roles import (
    ROLE_NAMES,
    ROLE_PERMISSIONS,
    ROLE_SIGHTS,
    Grant,
    Role,
    Scope,
    actor_for,
    may_upload_to,
    roles_on,
    warnings_for,
)
from archive_service.people.rules.tries import blocked_until

HIDDEN, FACTS, MASKED, VIEW, DOWNLOAD = Sight

# Role, class of the document, then what is seen at PUBLIC, INTERNAL, PERSONAL, CONFIDENTIAL, SENSITIVE.
SEEN = [
    (Role.FRONT_DESK, "YZ.01", DOWNLOAD, VIEW, MASKED, HIDDEN, HIDDEN),
    (Role.ARCHIVIST, "YZ.01", DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD),
    (Role.ARCHIVIST, None, DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD),
    (Role.SC_MANAGER, "KU.03", DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD),
    (Role.CASHIER, "KU.01", DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD, HIDDEN),
    (Role.CASHIER, "YZ.01", DOWNLOAD, VIEW, HIDDEN, HIDDEN, HIDDEN),
    (Role.FINANCE, "KU", DOWNLOAD, DOWNLOAD, DOWNLOAD, DOWNLOAD, HIDDEN),
    (Role.FINANCE, "KUX.1", DOWNLOAD, VIEW, HIDDEN, HIDDEN, HIDDEN),
    (Role.FINANCE, None, DOWNLOAD, VIEW, HIDDEN, HIDDEN, HIDDEN),
    (Role.ENGINEERING, "ZX.02", DOWNLOAD, DOWNLOAD, HIDDEN, HIDDEN, HIDDEN),
    (Role.ENGINEERING, "WS.01", DOWNLOAD, VIEW, HIDDEN, HIDDEN, HIDDEN),
    (Role.AUDITOR, "YZ.01", VIEW, VIEW, FACTS, FACTS, FACTS),
    (Role.PI_OFFICER, "YZ.01", VIEW, VIEW, VIEW, VIEW, VIEW),
    (Role.IT_ADMIN, "YZ.01", HIDDEN, HIDDEN, HIDDEN, HIDDEN, HIDDEN),
]


@pytest.mark.parametrize("row", SEEN, ids=lambda row: f"{row[0]}-{row[1]}")
def test_what_each_role_sees(row: tuple[Role, str | None, Sight, Sight, Sight, Sight, Sight]) -> None:
    role, class_code, *expected = row
    actor = actor_for(UserId(1), "x", [role], via="page")
    assert [actor.sight(level, class_code) for level in Level] == expected


def test_every_role_stands_in_every_table() -> None:
    assert set(ROLE_NAMES) == set(ROLE_PERMISSIONS) == set(ROLE_SIGHTS) == set(Role)


def test_two_roles_add_up() -> None:
    both = actor_for(UserId(1), "x", [Role.IT_ADMIN, Role.CASHIER], via="page")
    assert both.may(Permission.MANAGE_PEOPLE)
    assert both.may(Permission.UPLOAD)
    assert both.sight(Level.PERSONAL, "KU.01") is DOWNLOAD
    assert both.sight(Level.PERSONAL, "YZ.01") is HIDDEN


def test_only_administrators_manage_people_and_see_no_document() -> None:
    managers = {role for role in Role if Permission.MANAGE_PEOPLE in ROLE_PERMISSIONS[role]}
    assert managers == {Role.IT_ADMIN}
    assert ROLE_SIGHTS[Role.IT_ADMIN] == ()
    assert Permission.SEARCH not in ROLE_PERMISSIONS[Role.IT_ADMIN]


def test_an_auditor_changes_nothing() -> None:
    changes = {Permission.UPLOAD, Permission.DESCRIBE, Permission.MANAGE_PEOPLE}
    assert not ROLE_PERMISSIONS[Role.AUDITOR] & changes


def test_a_token_carries_no_more_than_its_scopes() -> None:
    reading = actor_for(UserId(1), "x", [Role.ARCHIVIST], via="api", scopes=[Scope.READ])
    assert reading.may(Permission.SEARCH)
    assert not reading.may(Permission.UPLOAD)
    assert reading.sight(Level.SENSITIVE, "YZ.01") is DOWNLOAD
    writing = actor_for(UserId(1), "x", [Role.ARCHIVIST], via="api", scopes=[Scope.WRITE])
    assert writing.may(Permission.UPLOAD)
    assert writing.sight(Level.PUBLIC, None) is HIDDEN


@pytest.mark.parametrize("scopes", [[Scope.READ], [Scope.WRITE], list(Scope)])
def test_no_token_manages_people(scopes: list[Scope]) -> None:
    actor = actor_for(UserId(1), "x", list(Role), via="api", scopes=scopes)
    assert not actor.may(Permission.MANAGE_PEOPLE)
    assert not actor.may(Permission.OWN_ACCOUNT)


def test_a_token_has_nothing_that_its_owner_has_not() -> None:
    actor = actor_for(UserId(1), "x", [Role.SC_MANAGER], via="api", scopes=list(Scope))
    assert actor.permissions <= ROLE_PERMISSIONS[Role.SC_MANAGER]


def test_roles_hold_from_their_first_to_their_last_day() -> None:
    grants = [
        Grant(Role.CASHIER, date(2026, 3, 9), date(2026, 3, 10)),
        Grant(Role.FRONT_DESK, date(2026, 3, 10)),
    ]
    assert roles_on(date(2026, 3, 8), grants) == ()
    assert roles_on(date(2026, 3, 9), grants) == (Role.CASHIER,)
    assert roles_on(date(2026, 3, 10), grants) == (Role.FRONT_DESK, Role.CASHIER)
    assert roles_on(date(2026, 3, 11), grants) == (Role.FRONT_DESK,)


def test_cashier_and_archivist_in_one_person_is_warned_of() -> None:
    assert warnings_for([Role.CASHIER, Role.ARCHIVIST])
    assert not warnings_for([Role.CASHIER, Role.FRONT_DESK])


@pytest.mark.parametrize(
    ("role", "class_code", "may"),
    [
        ("front_desk", "YZ.01", True),
        ("cashier", "KU.01", True),
        ("cashier", "YZ.01", False),
        ("cashier", "KUX", False),
        ("cashier", None, True),
        ("engineering", "ZX", True),
        ("engineering", "KU.01", False),
        ("sc_manager", "KU.01", False),
        ("service", "KU.01", True),
    ],
)
def test_under_which_classes_a_role_uploads(role: str, class_code: str | None, may: bool) -> None:
    if role == "service":
        assert may_upload_to(service_actor(), class_code) is may
    else:
        assert may_upload_to(actor_for(UserId(1), "x", [Role(role)], via="page"), class_code) is may


@pytest.mark.parametrize(
    ("password", "objection"),
    [
        ("short", passwords.TOO_SHORT),
        ("x" * 129, passwords.TOO_LONG),
        ("123456789012", passwords.TOO_COMMON),
        ("aaaaaaaaaaaa", passwords.TOO_COMMON),
        ("qwertyuiop12", passwords.TOO_COMMON),
        ("1qaz2wsx3edc", passwords.TOO_COMMON),
        ("Password12345!", passwords.TOO_COMMON),
        ("P@ssw0rd12345", passwords.TOO_COMMON),
        ("passwordpassword", passwords.TOO_COMMON),
        ("Admin@2026!!!", passwords.TOO_COMMON),
        ("woaini1314520", passwords.TOO_COMMON),
        ("chenxiaoming1999", passwords.LIKE_THE_NAME),
        ("chenxiaoming陈小明1999", passwords.LIKE_THE_NAME),
        ("chenxiaoming walks to work", None),
        ("correct horse battery staple", None),
        ("档案室的钥匙在左边第二个抽屉里", None),
        ("Zx9#kLm2!pQw", None),
        ("x" * 60 + "an honest sentence" + "y" * 50, None),
    ],
)
def test_passwords_are_long_and_not_what_everybody_tries(password: str, objection: str | None) -> None:
    assert passwords.objection(password, "chenxiaoming") == objection


def minutes(*after: int) -> list[datetime]:
    return [datetime(2026, 3, 9, 8, 0, tzinfo=UTC) + timedelta(minutes=m) for m in after]


def test_five_failures_within_a_quarter_of_an_hour_cost_one() -> None:
    assert blocked_until(minutes(0, 1, 2, 3)) is None
    assert blocked_until(minutes(0, 1, 2, 3, 4)) == minutes(19)[0]
    assert blocked_until(minutes(0, 5, 10, 15, 20)) is None


def test_who_goes_on_waits_longer_but_never_for_good() -> None:
    ten = minutes(0, 1, 2, 3, 4, 20, 21, 22, 23, 24)
    assert blocked_until(ten[:9]) is None
    assert blocked_until(ten) == minutes(54)[0]
    many = minutes(*range(100))
    assert blocked_until(many) == minutes(99 + 60)[0]


def test_the_table_of_operations_says_who_proposes_roles_and_who_approves_them() -> None:
    """security.md §1: users and roles: the administrator proposes, the manager approves."""
    able = {role for role in Role if Permission.APPROVE_ROLES in ROLE_PERMISSIONS[role]}
    proposing = {role for role in Role if Permission.MANAGE_PEOPLE in ROLE_PERMISSIONS[role]}
    assert (proposing, able) == ({Role.IT_ADMIN}, {Role.SC_MANAGER})


@pytest.mark.parametrize(
    ("role", "classes", "wider", "within"),
    [
        (Role.ENGINEERING, ("KJ.02",), None, True),
        (Role.ENGINEERING, ("HT",), None, False),
        (Role.ENGINEERING, None, ("KJ",), False),
        (Role.ENGINEERING, None, ("KJ", "ZX", "HT"), True),
        (Role.FINANCE, ("KU.02",), ("KU.03",), False),
        (Role.FRONT_DESK, None, None, True),
    ],
)
def test_fewer_classes_give_nothing_new(
    role: Role, classes: tuple[str, ...] | None, wider: tuple[str, ...] | None, within: bool
) -> None:
    assert is_within(role, classes, wider) is within


@pytest.mark.parametrize("role", list(Role))
def test_what_a_role_is_said_to_show_is_what_it_shows(role: Role) -> None:
    told = {(level, line.classes): line.sight for line in openings(role, None) for level in line.levels}
    actor = actor_for(UserId(1), "x", [role], via="page")
    for level in Level:
        anywhere = told.get((level, None), HIDDEN)
        assert actor.sight(level, "QT.99") == anywhere
        named = [sight for (at, within), sight in told.items() if at is level and within is not None]
        assert max([anywhere, *named]) == max(actor.sight(level, code) for code in ("KU", "KJ", "QT.99"))
