"""Who may change a document that they see: its description, its content, its place."""

from datetime import datetime, timedelta
from typing import Final

from sqlalchemy.orm import Session

from archive_service import people
from archive_service.kernel.actor import Actor, Permission
from archive_service.records.queries.reviewing import is_returned_to
from archive_service.records.queries.rows import DocumentRow

MENDING: Final = timedelta(hours=24)
"""How long whoever brought a paper in may still describe it, whatever their role."""


def may_add_version(actor: Actor, *, class_code: str, filed: bool) -> bool:
    """Whether the actor may bring in new content of such a document that they see."""
    if filed and not (actor.may(Permission.FILE) and people.may_file_under(actor, class_code)):
        return False
    return actor.may(Permission.UPLOAD) and people.may_upload_to(actor, class_code or None)


def may_describe(
    actor: Actor,
    now: datetime,
    *,
    class_code: str | None,
    created_at: datetime,
    created_by: int | None,
    filed: bool = False,
    returned: bool = False,
) -> bool:
    """Whether the actor may change the description of such a document that they see.

    One's own for a day; those of others within the classes one files, and before they have a class only if one
    files under all of them, since nobody knows yet whose they are. What was ``returned`` to one is one's own until
    it is put right. Once filed it is for those who file.
    """
    if people.has_no_say(actor, class_code or ""):
        return False
    if filed:
        return actor.may(Permission.FILE) and people.may_file_under(actor, class_code or "")
    own = created_by is not None and created_by == actor.user_id
    if (returned or (own and now - created_at < MENDING)) and actor.may(Permission.UPLOAD):
        return True
    if not actor.may(Permission.DESCRIBE):
        return False
    if class_code or own:
        return people.may_upload_to(actor, class_code or None)
    return people.may_upload_anywhere(actor)


def may_change(session: Session, actor: Actor, now: datetime, row: DocumentRow) -> bool:
    """Whether there is anything of it that the actor may change: they may describe it, file it or bring new content."""
    filed = bool(row.archival_no)
    if may_add_version(actor, class_code=row.class_code, filed=filed):
        return True
    if actor.may(Permission.FILE) and row.class_code and people.may_file_under(actor, row.class_code):
        return True
    return may_describe(
        actor,
        now,
        class_code=row.class_code or None,
        created_at=row.created_at,
        created_by=row.created_by,
        filed=filed,
        returned=is_returned_to(session, actor, row.id),
    )
