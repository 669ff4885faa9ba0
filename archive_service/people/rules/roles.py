"""Roles and what they carry. Sources: security.md §1 (tables), domain/workflows.md §0 (duties)."""

import re
import uuid
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Final

from archive_service.kernel.actor import Actor, PaperGrant, Permission, SightRule
from archive_service.kernel.errors import N_, Invalid
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level, Sight


class Role(StrEnum):
    FRONT_DESK = "front_desk"
    ARCHIVIST = "archivist"
    CASHIER = "cashier"
    FINANCE = "finance"
    ENGINEERING = "engineering"
    SC_MANAGER = "sc_manager"
    ARCHIVE_HEAD = "archive_head"
    COMPANY_LEADER = "company_leader"
    PI_OFFICER = "pi_officer"
    IT_ADMIN = "it_admin"
    AUDITOR = "auditor"


ROLE_NAMES: Final = {
    Role.FRONT_DESK: N_("Front desk"),
    Role.ARCHIVIST: N_("Archivist"),
    Role.CASHIER: N_("Cashier"),
    Role.FINANCE: N_("Finance"),
    Role.ENGINEERING: N_("Engineering"),
    Role.SC_MANAGER: N_("Service centre manager"),
    Role.ARCHIVE_HEAD: N_("Head of archives"),
    Role.COMPANY_LEADER: N_("Company leader"),
    Role.PI_OFFICER: N_("Personal information officer"),
    Role.IT_ADMIN: N_("System administrator"),
    Role.AUDITOR: N_("Auditor"),
}

FEE_CLASSES: Final = ("KU",)
ENGINEERING_CLASSES: Final = ("KJ", "ZX")

_P = Permission
# What has nothing to do with papers.
_EVERYBODY: Final = frozenset({_P.OWN_ACCOUNT, _P.SEE_CALENDAR, _P.SEE_NOTICES, _P.MARK_NOTICES})
_READER: Final = _EVERYBODY | {_P.SEARCH, _P.SEE_PREMISES, _P.SEE_PLACES, _P.SEE_CHECKLISTS, _P.SEE_APPROVALS}
# Everybody who uploads mends their own papers for a day; DESCRIBE is for those of others, and ``may_upload_to``
# keeps it within a role's own classes.
_CLERK: Final = _READER | {_P.UPLOAD, _P.ASK_APPROVALS}
# Whose word may be asked for by the chain of a request.
_DECIDER: Final = frozenset({_P.ASK_APPROVALS, _P.DECIDE_APPROVALS})

ROLE_PERMISSIONS: Final[dict[Role, frozenset[Permission]]] = {
    Role.FRONT_DESK: _CLERK | {_P.SEE_PARTIES, _P.KEEP_CHECKLISTS, _P.REQUEST_LOAN},
    Role.ARCHIVIST: _CLERK
    | _DECIDER
    | {
        _P.DESCRIBE,
        _P.FILE,
        _P.BREAK_LOCK,
        _P.LOWER_LEVEL,
        _P.APPRAISE,
        _P.SEE_STATUS,
        _P.MANAGE_PREMISES,
        _P.MANAGE_PLACES,
        _P.SEE_PARTIES,
        _P.MANAGE_PARTIES,
        _P.EXPORT_LIST,
        _P.EXPORT_ORIGINALS,
        _P.KEEP_CHECKLISTS,
        _P.REQUEST_LOAN,
        _P.HAND_OUT_LOANS,
        _P.SEE_LOANS,
        _P.SEE_HOLDS,
        _P.PLACE_HOLD,
    },
    Role.CASHIER: _CLERK | {_P.DESCRIBE},
    Role.FINANCE: _CLERK
    | _DECIDER
    | {
        _P.DESCRIBE,
        _P.FILE,
        _P.EXPORT_FEES,
        _P.KEEP_CHECKLISTS,
        _P.REQUEST_LOAN,
        _P.SEE_HOLDS,
        _P.PLACE_HOLD,
    },
    Role.ENGINEERING: _CLERK | _DECIDER | {_P.DESCRIBE, _P.KEEP_CHECKLISTS, _P.REQUEST_LOAN},
    Role.SC_MANAGER: _READER
    | _DECIDER
    | {
        _P.MANAGE_CALENDAR,
        _P.OVERSEE_CHECKLISTS,
        _P.SEE_STATUS,
        _P.SEE_PEOPLE,
        _P.APPROVE_ROLES,
        _P.SEE_PARTIES,
        _P.UNMASK,
        _P.GRANT_SIGHT,
        _P.EXPORT_LIST,
        _P.APPROVE_EXPORT,
        _P.LOWER_LEVEL,
        _P.REQUEST_LOAN,
        _P.SEE_LOANS,
        _P.SEE_HOLDS,
        _P.PLACE_HOLD,
        _P.RELEASE_HOLD,
    },
    Role.ARCHIVE_HEAD: _READER
    | _DECIDER
    | {
        _P.LOWER_LEVEL,
        _P.APPRAISE,
        _P.MANAGE_CALENDAR,
        _P.OVERSEE_CHECKLISTS,
        _P.SEE_STATUS,
        _P.MANAGE_PLAN,
        _P.MANAGE_CHAINS,
        _P.MANAGE_PREMISES,
        _P.MANAGE_PLACES,
        _P.SEE_PARTIES,
        _P.UNMASK,
        _P.GRANT_SIGHT,
        _P.EXPORT_LIST,
        _P.REQUEST_LOAN,
        _P.HAND_OUT_LOANS,
        _P.SEE_LOANS,
        _P.MANAGE_LOAN_RULES,
        _P.SEE_HOLDS,
        _P.PLACE_HOLD,
        _P.RELEASE_HOLD,
    },
    Role.COMPANY_LEADER: _READER
    | _DECIDER
    | {_P.SEE_PEOPLE, _P.SEE_PARTIES, _P.EXPORT_LIST, _P.REQUEST_LOAN, _P.SEE_LOANS, _P.SEE_HOLDS},
    Role.PI_OFFICER: _READER | _DECIDER | {_P.SEE_PARTIES},
    Role.IT_ADMIN: _EVERYBODY
    | frozenset(
        {
            _P.MANAGE_CALENDAR,
            _P.MANAGE_PEOPLE,
            _P.SEE_PEOPLE,
            _P.SEE_STATUS,
            _P.RUN_JOBS,
            _P.VERIFY_AUDIT,
            _P.SEE_APPROVALS,
            _P.ASK_APPROVALS,
            _P.MANAGE_CHAINS,
            _P.MANAGE_LOAN_RULES,
        }
    ),
    Role.AUDITOR: _READER
    | {_P.READ_AUDIT, _P.VERIFY_AUDIT, _P.SEE_PEOPLE, _P.SEE_PARTIES, _P.SEE_LOANS, _P.SEE_HOLDS},
}

DECIDING_ROLES: Final = tuple(
    role for role, may in ROLE_PERMISSIONS.items() if Permission.DECIDE_APPROVALS in may
)

UPLOAD_CLASSES: Final[dict[Role, tuple[str, ...] | None]] = {
    Role.FRONT_DESK: None,
    Role.ARCHIVIST: None,
    Role.CASHIER: FEE_CLASSES,
    Role.FINANCE: FEE_CLASSES,
    Role.ENGINEERING: ENGINEERING_CLASSES,
}
"""Class codes under which a role that uploads may do so, with what lies below them; None: every class."""

SCOPED_ROLES: Final[dict[Role, tuple[str, ...] | None]] = {
    Role.CASHIER: FEE_CLASSES,
    Role.FINANCE: FEE_CLASSES,
    Role.ENGINEERING: None,
}
"""Roles that work in classes of their own, which a grant of the role may name; within which these must lie (None:
anywhere). Fee classes are confidential, so no scope of finance may open other classes than these."""
MOST_SCOPE_CLASSES: Final = 20


def _sights(
    public: Sight,
    internal: Sight,
    personal: Sight,
    confidential: Sight,
    classes: tuple[str, ...] | None = None,
    *,
    reason: bool = False,
) -> tuple[SightRule, ...]:
    """One row of the view table, for the five levels; CONFIDENTIAL stands for SENSITIVE as well. ``reason``: these
    two only with one."""
    columns = (public, internal, personal, confidential, confidential)
    return tuple(
        SightRule(level, classes, sight, reason and level.rank > Level.PERSONAL.rank)
        for level, sight in zip(Level, columns, strict=True)
        if sight is not Sight.HIDDEN
    )


_ALL: Final = _sights(Sight.DOWNLOAD, Sight.DOWNLOAD, Sight.DOWNLOAD, Sight.DOWNLOAD, reason=True)
_OPEN: Final = _sights(Sight.DOWNLOAD, Sight.VIEW, Sight.HIDDEN, Sight.HIDDEN)


def _fees(classes: tuple[str, ...]) -> tuple[SightRule, ...]:
    # The file plan holds all fee classes CONFIDENTIAL: who files them sees them; SENSITIVE stays hidden.
    return _OPEN + _sights(Sight.DOWNLOAD, Sight.DOWNLOAD, Sight.DOWNLOAD, Sight.DOWNLOAD, classes)[1:4]


def _engineering(classes: tuple[str, ...]) -> tuple[SightRule, ...]:
    return (*_OPEN, SightRule(Level.INTERNAL, classes, Sight.DOWNLOAD))


ROLE_SIGHTS: Final[dict[Role, tuple[SightRule, ...]]] = {
    Role.FRONT_DESK: _sights(Sight.DOWNLOAD, Sight.VIEW, Sight.MASKED, Sight.HIDDEN),
    Role.ARCHIVIST: _ALL,
    Role.CASHIER: _fees(FEE_CLASSES),
    Role.FINANCE: _fees(FEE_CLASSES),
    Role.ENGINEERING: _engineering(ENGINEERING_CLASSES),
    Role.SC_MANAGER: _ALL,
    Role.ARCHIVE_HEAD: _ALL,
    Role.COMPANY_LEADER: _ALL,
    # Facts with numbers covered; the pages of whatever concerns persons only after saying why.
    Role.PI_OFFICER: tuple(
        SightRule(level, None, Sight.VIEW, level.rank >= Level.PERSONAL.rank) for level in Level
    ),
    Role.IT_ADMIN: (),
    # The pages of such papers open to them by a grant that ends by itself, see ``service.sight_grants``.
    Role.AUDITOR: _sights(Sight.VIEW, Sight.VIEW, Sight.FACTS, Sight.FACTS),
}

TWO_FACTOR_ROLES: Final = frozenset(
    {
        Role.ARCHIVIST,
        Role.FINANCE,
        Role.SC_MANAGER,
        Role.ARCHIVE_HEAD,
        Role.COMPANY_LEADER,
        Role.PI_OFFICER,
        Role.IT_ADMIN,
        Role.AUDITOR,
    }
)
TWO_FACTOR_GRACE: Final = timedelta(days=7)
"""From the account's first sign-in: a new centre can start at once and enrol its people in the first week."""


@dataclass(frozen=True, slots=True)
class SightTarget:
    """What sight is granted of: one of the three."""

    document_id: uuid.UUID | None = None
    case_file_id: int | None = None
    class_code: str | None = None

    @property
    def subject(self) -> str:
        """As the audit trail names it."""
        if self.document_id is not None:
            return f"document:{self.document_id}"
        if self.case_file_id is not None:
            return f"case-file:{self.case_file_id}"
        return f"class:{self.class_code}"


class WrongClasses(Invalid):
    code = "people.wrong-classes"
    message = N_(
        "Only engineering may have any classes of its own; those of cashier and finance lie under KU."
    )


class Scope(StrEnum):
    READ = "read"
    WRITE = "write"


SCOPE_PERMISSIONS: Final[dict[Scope, frozenset[Permission]]] = {
    Scope.READ: frozenset(
        {
            _P.SEARCH,
            _P.SEE_PREMISES,
            _P.SEE_PLACES,
            _P.SEE_PARTIES,
            _P.SEE_CHECKLISTS,
            _P.SEE_CALENDAR,
            _P.SEE_NOTICES,
            _P.SEE_STATUS,
            _P.READ_AUDIT,
            _P.VERIFY_AUDIT,
            _P.SEE_PEOPLE,
            _P.EXPORT_LIST,
            _P.SEE_LOANS,
            _P.SEE_HOLDS,
            _P.SEE_APPROVALS,
        }
    ),
    Scope.WRITE: frozenset(
        {
            _P.ASK_APPROVALS,
            _P.MANAGE_CALENDAR,
            _P.MARK_NOTICES,
            _P.UPLOAD,
            _P.DESCRIBE,
            _P.FILE,
            _P.BREAK_LOCK,
            _P.MANAGE_PLAN,
            _P.MANAGE_PREMISES,
            _P.MANAGE_PLACES,
            _P.MANAGE_PARTIES,
            _P.RUN_JOBS,
            _P.EXPORT_ORIGINALS,
            _P.EXPORT_FEES,
            _P.KEEP_CHECKLISTS,
            _P.REQUEST_LOAN,
            _P.HAND_OUT_LOANS,
            _P.OVERSEE_CHECKLISTS,
        }
    ),
}
"""What a token may carry at most. Managing people, approving and destroying stand in no scope: a key that
lies in a script must not be able to do what needs a person."""

MOST_TOKEN_DAYS: Final = 90
MOST_GRANT_DAYS: Final = 90
SETUP_LINK_LASTS: Final = timedelta(minutes=30)
PASSWORD_LINK_LASTS: Final = timedelta(hours=24)
SESSION_IDLE: Final = timedelta(minutes=30)
SESSION_LASTS: Final = timedelta(hours=8)
TOUCH_AFTER: Final = timedelta(minutes=1)
"""How stale ``last_seen_at`` and ``last_used_at`` may get: reading a page must not cost a write each time."""


@dataclass(frozen=True, slots=True)
class Grant:
    """A role held from ``valid_from`` to ``valid_to`` (business days, both included; None: open end)."""

    role: Role
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class Own:
    """What one person has beside what roles bring to everybody: classes of their own, sight granted by name."""

    classes: Mapping[Role, tuple[str, ...]] = field(default_factory=dict)
    sights: tuple[SightRule, ...] = ()
    papers: tuple[PaperGrant, ...] = ()


def sights_of(role: Role, classes: tuple[str, ...] | None) -> tuple[SightRule, ...]:
    """A role's rows of the view table; ``classes``: those of its own instead of the usual ones."""
    if classes is None or role not in SCOPED_ROLES:
        return ROLE_SIGHTS[role]
    return _engineering(classes) if role is Role.ENGINEERING else _fees(classes)


def _upload_classes(roles: Collection[Role], own: Own) -> tuple[str, ...] | None:
    named: list[str] = []
    for role in roles:
        if role in UPLOAD_CLASSES:
            classes = own.classes.get(role, UPLOAD_CLASSES[role])
            if classes is None:
                return None
            named += classes
    return tuple(dict.fromkeys(named))


def roles_on(day: date, grants: Iterable[Grant]) -> tuple[Role, ...]:
    """The roles held on ``day``, in the order of Role."""
    held = {grant.role for grant in grants if grant.holds_on(day)}
    return tuple(role for role in Role if role in held)


def actor_for(
    user_id: UserId,
    name: str,
    roles: Collection[Role],
    *,
    via: str,
    scopes: Collection[Scope] | None = None,
    own: Own = Own(),
) -> Actor:
    """What a person with ``roles`` may do; every right is the union over the roles and of what is their ``own``.

    ``scopes``: of the API token they come with, None for a browser. A token never carries more than its owner
    has, and its permissions are cut to the scopes; without READ it sees nothing.
    """
    permissions = frozenset[Permission]().union(*(ROLE_PERMISSIONS[r] for r in roles)) | {_P.OWN_ACCOUNT}
    from_roles = (rule for r in roles for rule in sights_of(r, own.classes.get(r)))
    sights, papers = tuple(dict.fromkeys((*from_roles, *own.sights))), own.papers
    if scopes is not None:
        permissions &= frozenset[Permission]().union(*(SCOPE_PERMISSIONS[s] for s in scopes))
        if Scope.READ not in scopes:
            sights, papers = (), ()
    held = tuple(role.value for role in roles)
    return Actor(user_id, name, permissions, sights, via, held, papers, _upload_classes(roles, own))


def lies_under(class_code: str, roots: Iterable[str]) -> bool:
    """Whether a class is one of ``roots`` or below one of them."""
    return any(class_code == root or class_code.startswith(root + ".") for root in roots)


def may_upload_to(actor: Actor, class_code: str | None) -> bool:
    """Whether they may put a document under ``class_code`` (None: not classified yet)."""
    if actor.upload_classes is None:
        return True
    return bool(actor.upload_classes) and (class_code is None or lies_under(class_code, actor.upload_classes))


def may_upload_anywhere(actor: Actor) -> bool:
    """Whether they may put documents under every class."""
    return actor.upload_classes is None


def may_file_under(actor: Actor, class_code: str) -> bool:
    """Whether they may file papers of this class, holding the permission to file. Source: workflows.md §0, 令79号:
    who takes money keeps no accounting files."""
    if Role.CASHIER in actor.roles and lies_under(class_code, FEE_CLASSES):
        return False
    return may_upload_to(actor, class_code)


def has_no_say(actor: Actor, class_code: str) -> bool:
    """Whether they take money and keep the archive in one person: then accounting papers are finance's, and neither
    described nor classed by them. Source: workflows.md §0, 令79号."""
    both = {Role.CASHIER.value, Role.ARCHIVIST.value} <= set(actor.roles)
    return both and lies_under(class_code, FEE_CLASSES)


def needs_second_factor(roles: Iterable[Role]) -> bool:
    return not TWO_FACTOR_ROLES.isdisjoint(roles)


def second_factor_deadline(first_signed_in_at: datetime | None, now: datetime) -> datetime:
    """When the grace for enrolling ends; someone who never signed in begins with it now."""
    return (first_signed_in_at or now) + TWO_FACTOR_GRACE


_CLASS_CODE: Final = re.compile(r"[A-Z]{2}(\.[0-9A-Z]{1,4}){0,3}")


def own_classes(role: Role, typed: Collection[str]) -> tuple[str, ...] | None:
    """Classes for a grant of ``role``, each once; None for none typed: the role's usual ones. Raises WrongClasses."""
    codes = tuple(dict.fromkeys(code.strip().upper() for code in typed if code.strip()))
    if not codes:
        return None
    within = SCOPED_ROLES.get(role, ())
    wrong = [
        c for c in codes if not _CLASS_CODE.fullmatch(c) or (within is not None and not lies_under(c, within))
    ]
    if wrong or len(codes) > MOST_SCOPE_CLASSES:
        raise WrongClasses(field="classes", value=" ".join(wrong)[:40])
    return codes


CASHIER_AND_ARCHIVIST: Final = N_(
    "Cashier and archivist in one person: accounting files (KU) must then be in the custody of finance. "
    "This person gets no custody, class change or destruction rights on them."
)


def warnings_for(roles: Collection[Role]) -> tuple[str, ...]:
    """Message ids of what to mind when one person holds all of ``roles``. Source: workflows.md §0, 令79号."""
    if Role.CASHIER in roles and Role.ARCHIVIST in roles:
        return (CASHIER_AND_ARCHIVIST,)
    return ()
