"""Who acts, and what they may do. Built by sign-in, a token, a command or a background job; carried by every use case."""

import uuid
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import Forbidden, SignInNeeded
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level, Sight


class Permission(StrEnum):
    UPLOAD = "document.upload"
    DESCRIBE = "document.describe"
    FILE = "document.file"
    BREAK_LOCK = "document.break-lock"
    LOWER_LEVEL = "document.lower-level"
    APPRAISE = "retention.appraise"
    SEARCH = "document.search"
    MANAGE_PLAN = "file-plan.manage"
    SEE_PREMISES = "premises.see"
    MANAGE_PREMISES = "premises.manage"
    SEE_PLACES = "places.see"
    MANAGE_PLACES = "places.manage"
    SEE_PARTIES = "parties.see"
    MANAGE_PARTIES = "parties.manage"
    UNMASK = "parties.unmask"
    GRANT_SIGHT = "sight.grant"
    MANAGE_PEOPLE = "people.manage"
    SEE_PEOPLE = "people.see"
    APPROVE_ROLES = "roles.approve"
    SEE_CHECKLISTS = "checklists.see"
    KEEP_CHECKLISTS = "checklists.keep"
    OVERSEE_CHECKLISTS = "checklists.oversee"
    SEE_STATUS = "status.see"
    EXPORT_LIST = "export.list"
    EXPORT_ORIGINALS = "export.originals"
    EXPORT_FEES = "export.fees"
    APPROVE_EXPORT = "export.approve"
    SEE_APPROVALS = "approvals.see"
    ASK_APPROVALS = "approvals.ask"
    DECIDE_APPROVALS = "approvals.decide"
    MANAGE_CHAINS = "approvals.manage-chains"
    REQUEST_LOAN = "loans.request"
    HAND_OUT_LOANS = "loans.hand-out"
    SEE_LOANS = "loans.see"
    MANAGE_LOAN_RULES = "loans.manage-rules"
    SEE_HOLDS = "holds.see"
    PLACE_HOLD = "holds.place"
    RELEASE_HOLD = "holds.release"
    SEE_CALENDAR = "calendar.see"
    MANAGE_CALENDAR = "calendar.manage"
    SEE_NOTICES = "notices.see"
    MARK_NOTICES = "notices.mark"
    RUN_JOBS = "jobs.run"
    READ_AUDIT = "audit.read"
    VERIFY_AUDIT = "audit.verify"
    OWN_ACCOUNT = "account.own"


@dataclass(frozen=True, slots=True)
class SightRule:
    """One line of the view table: documents of ``level`` in ``classes`` may be seen as far as ``sight``.

    ``classes``: class codes, each standing for itself and what lies below it; None for every class and for
    documents that have none yet. ``reason``: only after saying each time why.
    """

    level: Level
    classes: tuple[str, ...] | None
    sight: Sight
    reason: bool = False

    def covers(self, level: Level, class_code: str | None) -> bool:
        if level is not self.level:
            return False
        if self.classes is None:
            return True
        code = class_code or ""
        return any(code == root or code.startswith(root + ".") for root in self.classes)


@dataclass(frozen=True, slots=True)
class PaperGrant:
    """Sight of one document, or of the papers in one case file, granted to one person by name: up to a level."""

    document_id: uuid.UUID | None
    case_file_id: int | None
    up_to: Level
    sight: Sight
    slip: str = ""  # number of the loan that it was lent by

    def covers(self, level: Level, document_id: uuid.UUID, case_file_id: int | None) -> bool:
        if level.rank > self.up_to.rank:
            return False
        if self.document_id is not None:
            return self.document_id == document_id
        return self.case_file_id is not None and self.case_file_id == case_file_id


@dataclass(frozen=True, slots=True)
class Actor:
    """``user_id`` is None for the service itself (jobs, commands of the machine's own administrator)."""

    user_id: UserId | None
    name: str
    permissions: frozenset[Permission] = frozenset()
    sights: tuple[SightRule, ...] = ()
    via: str = "service"  # page, api, cli, job: for the audit trail
    roles: tuple[str, ...] = ()
    papers: tuple[PaperGrant, ...] = ()
    upload_classes: tuple[str, ...] | None = ()  # codes, with what lies below them; None: every class

    @property
    def is_anonymous(self) -> bool:
        return self.user_id is None and self.via == "anonymous"

    def may(self, permission: Permission) -> bool:
        return permission in self.permissions

    def must(self, permission: Permission) -> None:
        if self.is_anonymous:
            raise SignInNeeded()
        if permission not in self.permissions:
            raise Forbidden()

    def sight(self, level: Level, class_code: str | None) -> Sight:
        """The most that any of the person's roles lets them see. What nobody has classed yet may turn out to be
        anything: above INTERNAL it is seen only as far as every stricter level is."""
        if class_code is None and level.rank > Level.INTERNAL.rank:
            return min(self._by_roles(stricter, None) for stricter in Level if stricter.rank >= level.rank)
        return self._by_roles(level, class_code)

    def _by_roles(self, level: Level, class_code: str | None) -> Sight:
        return max((r.sight for r in self.sights if r.covers(level, class_code)), default=Sight.HIDDEN)

    def asks_reason(self, level: Level, class_code: str | None) -> bool:
        """Whether their roles open the pages of such documents only after they say why."""
        opening = [r for r in self.sights if r.sight >= Sight.MASKED and r.covers(level, class_code)]
        return bool(opening) and all(r.reason for r in opening)

    @property
    def sees_every_document(self) -> bool:
        """Whether they may read all there is, so that an empty list means that there is nothing."""
        return {r.level for r in self.sights if r.classes is None and r.sight >= Sight.MASKED} == set(Level)


ANONYMOUS: Final = Actor(user_id=None, name="", via="anonymous")


def service_actor(via: str = "job") -> Actor:
    """The service at work for nobody in particular: may everything, and the trail says which door it used."""
    everything = tuple(SightRule(level, None, Sight.DOWNLOAD) for level in Level)
    return Actor(None, "service", frozenset(Permission), everything, via, ("service",), upload_classes=None)
