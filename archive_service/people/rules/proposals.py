"""A role is proposed by one person and approved by another. Source: security.md §1: the administrator proposes, the
manager approves; nobody grants rights to themselves."""

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

from archive_service.kernel.actor import Permission, SightRule
from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid
from archive_service.kernel.levels import Level, Sight
from archive_service.people.rules.roles import (
    ROLE_PERMISSIONS,
    SCOPED_ROLES,
    UPLOAD_CLASSES,
    Grant,
    Role,
    lies_under,
    sights_of,
)

APPROVING_ROLES: Final = tuple(
    role.value for role, may in ROLE_PERMISSIONS.items() if Permission.APPROVE_ROLES in may
)
"""Once one of them was ever granted, every other grant needs somebody's word, for good."""

RESTS_FOR: Final = timedelta(days=14)
"""How long an account that was in somebody else's hands decides about no roles: longer than most people are away, and
who comes back finds that the password is another one."""

IN_HAND: Final = frozenset(
    {"user.created", "user.password-link-made", "user.password-changed", "second-factor.dropped"}
)
"""What the trail says of an account when somebody could sign in to it; done by the person themselves it is nothing."""

LONGEST_REASON: Final = 255


class GrantState(StrEnum):
    """Only an APPROVED grant counts, and only within its dates."""

    WAITING = "waiting"
    APPROVED = "approved"
    REFUSED = "refused"
    WITHDRAWN = "withdrawn"
    REVOKED = "revoked"


class HasRole(Conflict):
    code = "people.has-role"
    message = N_("This person has the role already.")


class ProposalWaits(Conflict):
    code = "people.proposal-waits"
    message = N_("This role is proposed for the person already and waits for approval.")


class WrongDates(Invalid):
    code = "people.wrong-dates"
    message = N_("The last day lies before the first one or in the past.")


class ChangesAtOnce(Invalid):
    code = "people.changes-at-once"
    message = N_(
        "This person has the role already. A change of it counts from its approval: leave the first day empty."
    )


class OwnProposal(Forbidden):
    code = "people.own-proposal"
    message = N_("You proposed this role, so somebody else must decide it.")


class OwnRole(Forbidden):
    code = "people.own-role"
    message = N_("This role would be your own, so somebody else must decide it.")


class InOtherHands(Forbidden):
    code = "people.in-other-hands"
    message = N_(
        "Within the last 14 days an administrator made your account, made a link for its password or reset its "
        "second factor. Until that is over somebody else must decide about roles."
    )


class ProposalDecided(Conflict):
    code = "people.proposal-decided"
    message = N_("Somebody was faster: this role is decided already.")


class PersonClosed(Conflict):
    code = "people.person-closed"
    message = N_(
        "The account was closed after this role was proposed. Refuse it, or have the account opened."
    )


class ProposerGone(Conflict):
    code = "people.proposer-gone"
    message = N_("Who proposed this role no longer manages people. Refuse it; it can be proposed anew.")


class RoleChanged(Conflict):
    code = "people.role-changed"
    message = N_(
        "The role was changed or taken back after this was proposed. Refuse it; it can be proposed anew."
    )


class RoleOver(Conflict):
    code = "people.role-over"
    message = N_("The last day of this role is over, so nothing of it can be changed. Propose it anew.")


class RoleStands(Conflict):
    code = "people.role-stands"
    message = N_("The role was changed after you opened the page, and the person still has it.")


class ProposalOver(Conflict):
    code = "people.proposal-over"
    message = N_("The last day of this role is over. Refuse it; it can be proposed anew.")


class RefusalNeedsReason(Invalid):
    code = "people.refusal-needs-reason"
    message = N_("Please say in a few words why.")


class ReasonTooLong(Invalid):
    code = "people.reason-too-long"
    message = N_("A reason has at most 255 characters.")


def said(text: str) -> str:
    """A reason as it is kept: one line without control and direction-changing characters. Raises ReasonTooLong."""
    one_line = " ".join("".join(c if c.isprintable() or c.isspace() else "" for c in text).split())
    kept = unicodedata.normalize("NFC", one_line)
    if len(kept) > LONGEST_REASON:
        raise ReasonTooLong(field="comment")
    return kept


def _works_in(role: Role, classes: tuple[str, ...] | None) -> tuple[str, ...]:
    return classes if classes is not None else UPLOAD_CLASSES.get(role) or ()


def is_within(role: Role, classes: tuple[str, ...] | None, wider: tuple[str, ...] | None) -> bool:
    """Whether the role in ``classes`` (None: its usual ones) opens nothing that it doesn't open in ``wider``."""
    roots = _works_in(role, wider)
    return role not in SCOPED_ROLES or all(lies_under(one, roots) for one in _works_in(role, classes))


def is_covered(
    new: Grant, classes: tuple[str, ...] | None, standing: Grant, held: tuple[str, ...] | None
) -> bool:
    """Whether ``new`` gives nothing that ``standing`` doesn't give."""
    ends_within = standing.valid_to is None or (
        new.valid_to is not None and new.valid_to <= standing.valid_to
    )
    return new.valid_from >= standing.valid_from and ends_within and is_within(new.role, classes, held)


def first_day(asked: date | None, today: date, standing: Grant | None) -> date:
    """When a grant begins. One that changes a role begins at its approval: days between the two would be without it,
    and it would last no longer than it was asked for. Raises ChangesAtOnce."""
    begins = asked or today
    if standing is not None and begins > max(today, standing.valid_from):
        raise ChangesAtOnce(field="valid_from")
    return begins


@dataclass(frozen=True, slots=True)
class Opening:
    """One line of what a role shows: ``levels`` as far as ``sight``; in ``classes`` only, or in all (None)."""

    levels: tuple[Level, ...]
    sight: Sight
    classes: tuple[str, ...] | None
    reason: bool


def openings(role: Role, classes: tuple[str, ...] | None) -> tuple[Opening, ...]:
    """What the role shows, by the view table; levels that it shows in the same way stand together."""
    together: dict[tuple[Sight, tuple[str, ...] | None, bool], list[Level]] = {}
    for rule in _widest(sights_of(role, classes)):
        together.setdefault((rule.sight, rule.classes, rule.reason), []).append(rule.level)
    return tuple(
        Opening(tuple(levels), sight, within, reason) for (sight, within, reason), levels in together.items()
    )


def _widest(rules: Iterable[SightRule]) -> Iterable[SightRule]:
    widest: dict[tuple[Level, tuple[str, ...] | None], SightRule] = {}
    for rule in rules:
        known = widest.get((rule.level, rule.classes))
        if known is None or rule.sight > known.sight:
            widest[rule.level, rule.classes] = rule
    return widest.values()


def ends_before(day: date | None, today: date) -> bool:
    return day is not None and day < today


ROLE_DUTIES: Final = {
    Role.FRONT_DESK: N_("Brings papers in and keeps checklists; sees owners and tenants."),
    Role.ARCHIVIST: N_(
        "Files and describes all papers, keeps units, owners and tenants, asks for exports of originals."
    ),
    Role.CASHIER: N_("Brings in and describes papers of fees."),
    Role.FINANCE: N_("Brings in, describes and files papers of fees, and takes them away on its own."),
    Role.ENGINEERING: N_("Brings in and describes papers of its classes; keeps checklists."),
    Role.SC_MANAGER: N_(
        "Approves roles, exports and lower levels, uncovers numbers of owners, grants sight of papers by name."
    ),
    Role.ARCHIVE_HEAD: N_(
        "Keeps the file plan and its periods, approves lower levels, grants sight of papers by name."
    ),
    Role.COMPANY_LEADER: N_("Looks at everything and takes whole lists along."),
    Role.PI_OFFICER: N_(
        "Has a say where papers show personal information; sees such papers covered, uncovered after saying why."
    ),
    Role.IT_ADMIN: N_("Makes and closes accounts, proposes roles, looks after the service; sees no papers."),
    Role.AUDITOR: N_("Reads the audit trail and looks at papers; changes nothing."),
}
