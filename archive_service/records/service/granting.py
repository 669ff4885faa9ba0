"""Granting sight of a paper to a person who has none: never of more than the granter sees."""

from datetime import date

from archive_service import classification, people
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Invalid, NotFound
from archive_service.kernel.ids import UserId
from archive_service.kernel.levels import Level, Sight
from archive_service.people import SightTarget
from archive_service.records.queries.case_files import case_file
from archive_service.records.queries.documents import document
from archive_service.records.queries.sights import sight_of
from archive_service.records.rules import clean_text
from archive_service.unit_of_work import UnitOfWork


class NoSuchSight(Invalid):
    code = "sight.none-such"


def grant_sight(  # noqa: PLR0917  (who, what, how much, from when to when, why)
    work: UnitOfWork,
    user_id: UserId,
    target: SightTarget,
    sight: Sight,
    valid_to: date,
    reason: str,
    valid_from: date | None = None,
    up_to: Level | None = None,
) -> int:
    """Let ``user_id`` look at (VIEW), or take away (DOWNLOAD), one document, the papers in a case file, or those of a
    class and below it. ``up_to``: of a document its level now; it is closed again if it is raised above.

    Raises Forbidden, NotFound, NoSuchSight, and as ``people.keep_sight_grant``.
    """
    work.actor.must(Permission.GRANT_SIGHT)
    if sight not in (Sight.VIEW, Sight.DOWNLOAD):
        raise NoSuchSight(field="sees")
    level = _seen_by_granter(work, target, sight, up_to)
    return people.keep_sight_grant(
        work, user_id, target, level, sight, valid_from, valid_to, clean_text(reason)
    )


def _seen_by_granter(work: UnitOfWork, target: SightTarget, sight: Sight, up_to: Level | None) -> Level:
    """The level up to which it is granted. Raises NotFound for what the granter doesn't see as far."""
    actor = work.actor
    if target.document_id is not None:
        row = document(work.session, actor, target.document_id)
        if row.discarded_at is not None or sight_of(actor, row) < sight:
            raise NotFound()
        return row.level
    if up_to is None:
        raise NoSuchSight(field="up_to")
    if target.case_file_id is not None:
        code = case_file(work.session, actor, target.case_file_id).class_code
    else:
        found = classification.class_row(work.session, target.class_code or "")
        if found is None:
            raise NotFound()
        code = found.code
    if any(actor.sight(level, code) < sight for level in Level if level.rank <= up_to.rank):
        raise NotFound()
    return up_to


def revoke_sight(work: UnitOfWork, grant_id: int, reason: str) -> SightTarget:
    """Raises as ``people.revoke_sight``."""
    return people.revoke_sight(work, grant_id, clean_text(reason))
