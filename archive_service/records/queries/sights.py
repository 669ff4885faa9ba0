"""The view table: which documents an actor sees, as a condition and of a single row."""

from sqlalchemy import ColumnElement, and_, case, false, or_, select, true

from archive_service import people
from archive_service.kernel.actor import Actor, PaperGrant, Permission
from archive_service.kernel.levels import OPEN_TO_BRINGER, Level, Sight
from archive_service.records.models import Document, Filing, Page
from archive_service.records.queries.marked import unmarked
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.rules.state_secrets import TROUBLE


def visible(actor: Actor, at_least: Sight = Sight.FACTS, *, freely: bool = False) -> ColumnElement[bool]:
    """The view table as a condition on Document rows; the uploader's own papers can be viewed until classed,
    up to a level, and what was granted by name as far as it was. ``freely``: without saying why.

    A paper without a class is seen as ``Actor.sight`` says: by who sees every stricter level too.

    Levels have no index on purpose: with one, SQLite would gather all rows of all levels and sort them, where
    walking the newest ids finds a page of fifty at once.
    """
    seen = [rule for rule in actor.sights if rule.sight >= at_least and not (freely and rule.reason)]
    whole = {rule.level.value for rule in seen if rule.classes is None}
    if len(whole) == len(Level):
        return _not_kept_from(actor)
    unclassed = {level for level in whole if actor.sight(Level(level), None) >= at_least}
    parts: list[ColumnElement[bool]] = [Document.level.in_(sorted(unclassed))] if unclassed else []
    if whole - unclassed:
        parts.append(and_(Document.level.in_(sorted(whole - unclassed)), Document.class_code.is_not(None)))
    for rule in seen:
        if rule.classes is not None and rule.level.value not in whole:
            code = Document.class_code
            under = [or_(code == c, code.startswith(c + ".", autoescape=True)) for c in rule.classes]
            parts.append(and_(Document.level == rule.level.value, or_(false(), *under)))
    if actor.user_id is not None and at_least <= Sight.VIEW:
        own = and_(Document.created_by == actor.user_id, Document.class_code.is_(None))
        parts.append(and_(own, Document.level.in_(sorted(OPEN_TO_BRINGER))))
    parts += [_granted(grant) for grant in actor.papers if grant.sight >= at_least]
    return and_(or_(false(), *parts), _not_kept_from(actor))


def _not_kept_from(actor: Actor) -> ColumnElement[bool]:
    """What bears the mark of a state secret is left to whoever brought it in and whoever says what becomes of it."""
    if actor.user_id is None:
        return true()
    parts = [unmarked(), Document.created_by == actor.user_id]
    if actor.may(Permission.FILE):
        if actor.upload_classes is None:
            return true()
        code = Document.class_code
        parts.append(code.is_(None))
        parts += [or_(code == c, code.startswith(c + ".", autoescape=True)) for c in actor.upload_classes]
    return or_(*parts)


def _is_kept_from(actor: Actor, row: DocumentRow) -> bool:
    """The same of a row."""
    if row.trouble != TROUBLE or actor.user_id is None or row.created_by == actor.user_id:
        return False
    return not (actor.may(Permission.FILE) and people.may_upload_to(actor, row.class_code or None))


def granted_by_name(actor: Actor) -> ColumnElement[bool]:
    """On Document rows: what the actor sees because it was granted to them as a person."""
    return or_(false(), *(_granted(grant) for grant in actor.papers))


def _granted(grant: PaperGrant) -> ColumnElement[bool]:
    levels = Document.level.in_([level.value for level in Level if level.rank <= grant.up_to.rank])
    if grant.document_id is not None:
        return and_(Document.id == grant.document_id, levels)
    filed = select(Filing.document_id).where(Filing.case_file_id == grant.case_file_id)
    return and_(Document.id.in_(filed), levels)


def sight_of(actor: Actor, row: DocumentRow) -> Sight:
    """How much of ``row`` the actor may see, of some after saying why. One's own papers can be viewed until they have
    a class, up to a level."""
    if _is_kept_from(actor, row):
        return Sight.HIDDEN
    return max(actor.sight(row.level, row.class_code or None), _by_name(actor, row))


def freely_seen(actor: Actor, row: DocumentRow) -> Sight:
    """The same as far as nobody asks why. Who may file sees what waits for filing: that it waits is the reason."""
    most = sight_of(actor, row)
    if not actor.asks_reason(row.level, row.class_code or None):
        return most
    here = Sight.VIEW if not row.archival_no and actor.may(Permission.FILE) else Sight.FACTS
    return min(most, max(here, _by_name(actor, row)))


def _by_name(actor: Actor, row: DocumentRow) -> Sight:
    """What the actor has of it as a person: what was granted to them, and what they brought in themselves."""
    granted = (g.sight for g in actor.papers if g.covers(row.level, row.id, row.case_file_id))
    sight = max(granted, default=Sight.HIDDEN)
    own = actor.user_id is not None and row.created_by == actor.user_id and not row.class_code
    return max(sight, Sight.VIEW) if own and row.level in OPEN_TO_BRINGER else sight


def slip_of(actor: Actor, row: DocumentRow) -> str:
    """Number of the loan by which the actor sees it, which stands on every page of it; "" without one."""
    lent = (
        g.slip for g in reversed(actor.papers) if g.slip and g.covers(row.level, row.id, row.case_file_id)
    )
    return next(lent, "")


def small_picture(actor: Actor) -> ColumnElement[str | None]:
    """On pages and their documents: digest of the small picture that the actor may see, or None.

    Who sees a document masked gets the covered picture in its place; where nobody could find out what to cover
    there is none, nor for those who see its facts only, or the rest only after saying why.
    """
    masked = visible(actor, Sight.MASKED, freely=True)
    open_to_all = or_(
        visible(actor, Sight.VIEW, freely=True), and_(masked, Page.masked_preview == Page.preview)
    )
    return case((open_to_all, Page.thumbnail), (masked, Page.masked_preview))
