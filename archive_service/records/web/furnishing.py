"""What the pages about documents share: the blueprint, what a person may see of one, words for templates."""

import uuid
from dataclasses import dataclass

from flask import Blueprint, Flask
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import LEVEL_NAMES, Level, Sight
from archive_service.kernel.masking import mask
from archive_service.records.queries import documents as queries
from archive_service.records.queries.pages import PageRow
from archive_service.records.queries.reasons import sight_now
from archive_service.records.queries.rows import DocumentRow, VersionRow
from archive_service.records.queries.sights import sight_of
from archive_service.records.queries.versions import version
from archive_service.records.rules import PagesClosed, ReasonAsked
from archive_service.records.web import words
from archive_service.web import current_actor, current_archive

blueprint = Blueprint("records", __name__, template_folder="../templates")

LARGEST_NUMBER = 99_999
VERSION = "/documents/<uuid:document_id>/versions/<int(max=99999):number>"
PAGE = f"{VERSION}/pages/<int(max=99999):page>"


@dataclass(frozen=True, slots=True)
class Seen:
    """A document as far as the person of this request may see it."""

    row: DocumentRow
    sight: Sight
    asks_reason: bool = False  # whether saying why would open more

    @property
    def pages_open(self) -> bool:
        return self.sight >= Sight.MASKED

    @property
    def in_clear(self) -> bool:
        return self.sight >= Sight.VIEW

    @property
    def to_take_away(self) -> bool:
        return self.sight >= Sight.DOWNLOAD

    def shown(self, text: str) -> str:
        """A page's text as the person may read it; as long as it was, so that places stay where they are."""
        return text if self.in_clear else mask(text)

    def picture_of(self, page: PageRow) -> str | None:
        """Digest of the page's picture as the person may see it. None, too, where nobody could find out what would
        have to be covered."""
        return page.preview if self.in_clear else page.masked_preview

    def thumbnail_of(self, page: PageRow) -> str | None:
        """As ``picture_of``, small. Large letters can be read on a small picture too, so that the covered one stands
        in where something is covered."""
        if self.in_clear or (page.masked_preview is not None and page.masked_preview == page.preview):
            return page.thumbnail
        return page.masked_preview


def seen_document(session: Session, document_id: uuid.UUID) -> Seen:
    """Raises NotFound, also for what the person may not see; Forbidden, SignInNeeded."""
    actor = current_actor()
    actor.must(Permission.SEARCH)
    row = queries.document(session, actor, document_id)
    if row.discarded_at is not None and row.replaced_at is None:
        raise NotFound()
    sight = sight_now(session, actor, row, current_archive().clock.now())
    return Seen(row, sight, sight < sight_of(actor, row))


def seen_version(session: Session, document_id: uuid.UUID, number: int) -> tuple[Seen, VersionRow]:
    """Raises as ``seen_document``."""
    seen = seen_document(session, document_id)
    return seen, version(session, document_id, number)


def seen_pages(session: Session, document_id: uuid.UUID, number: int) -> tuple[Seen, VersionRow]:
    """The same for whatever tells what the pages say. Raises PagesClosed, ReasonAsked, and as ``seen_document``."""
    seen, found = seen_version(session, document_id, number)
    if not seen.pages_open:
        raise ReasonAsked() if seen.asks_reason else PagesClosed()
    return seen, found


def level_name(level: Level | str) -> str:
    return str(gettext(LEVEL_NAMES[Level(level)]))


def furnish(app: Flask) -> None:
    app.jinja_env.filters.update(masked=mask)
    app.jinja_env.globals.update(
        level_name=level_name,
        state_words=words.STATES,
        trouble_words=words.trouble,
        field_names=words.FIELDS,
        flag_words=words.FLAGS,
    )
