"""The view table: which documents an actor sees, as a condition and of a single row."""

from sqlalchemy import ColumnElement, and_, case, false, or_, true

from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import OPEN_TO_BRINGER, Level, Sight
from archive_service.records.models import Document, Page
from archive_service.records.queries.rows import DocumentRow


def visible(actor: Actor, at_least: Sight = Sight.FACTS) -> ColumnElement[bool]:
    """The view table as a condition on Document rows; the uploader's own papers can be viewed until classed,
    up to a level.

    Levels have no index on purpose: with one, SQLite would gather all rows of all levels and sort them, where
    walking the newest ids finds a page of fifty at once.
    """
    seen = [rule for rule in actor.sights if rule.sight >= at_least]
    whole = {rule.level.value for rule in seen if rule.classes is None}
    if len(whole) == len(Level):
        return true()
    parts: list[ColumnElement[bool]] = [Document.level.in_(sorted(whole))] if whole else []
    for rule in seen:
        if rule.classes is not None and rule.level.value not in whole:
            code = Document.class_code
            under = [or_(code == c, code.startswith(c + ".", autoescape=True)) for c in rule.classes]
            parts.append(and_(Document.level == rule.level.value, or_(false(), *under)))
    if actor.user_id is not None and at_least <= Sight.VIEW:
        own = and_(Document.created_by == actor.user_id, Document.class_code.is_(None))
        parts.append(and_(own, Document.level.in_(sorted(OPEN_TO_BRINGER))))
    return or_(false(), *parts)


def sight_of(actor: Actor, row: DocumentRow) -> Sight:
    """How much of ``row`` the actor may see. One's own papers can be viewed until they have a class, up to a
    level."""
    sight = actor.sight(row.level, row.class_code or None)
    own = actor.user_id is not None and row.created_by == actor.user_id and not row.class_code
    if own and row.level in OPEN_TO_BRINGER:
        return max(sight, Sight.VIEW)
    return sight


def small_picture(actor: Actor) -> ColumnElement[str | None]:
    """On pages and their documents: digest of the small picture that the actor may see, or None.

    Who sees a document masked gets the covered picture in its place; where nobody could find out what to cover
    there is none, nor for those who see its facts only.
    """
    masked = visible(actor, Sight.MASKED)
    open_to_all = or_(visible(actor, Sight.VIEW), and_(masked, Page.masked_preview == Page.preview))
    return case((open_to_all, Page.thumbnail), (masked, Page.masked_preview))
