"""What the pages about scans share: the blueprint, a paper whose pages may be shown, words for what went wrong."""

import uuid
from collections.abc import Callable
from typing import Final

from flask import Blueprint, Flask, redirect
from flask_babel import gettext
from sqlalchemy.orm import Session
from werkzeug.wrappers import Response

from archive_service import classification, records
from archive_service.classification import ClassRow
from archive_service.kernel import errors
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.kernel.levels import Sight
from archive_service.records import DocumentRow
from archive_service.scans.rules import plans
from archive_service.scans.rules.plans import OutOfSight, letter_of
from archive_service.web import current_actor, current_archive, current_language

blueprint = Blueprint("scans", __name__, template_folder="../templates")

TROUBLES: Final[dict[str, str]] = {
    **{
        error.code: error.message
        for error in (
            plans.SourceChanged,
            plans.OnlyNewVersion,
            plans.NotMovable,
            plans.NotRead,
            plans.OutOfSight,
            plans.AlreadyUnderway,
            errors.Forbidden,
            records.BeingEdited,
        )
    },
    "not-found": N_("A paper was discarded, or is no longer open to whoever asked for it."),
    "reading.too_many_pixels": N_("A page is too large to be put into a new file."),
    "reading.timed_out": N_("It took too long. Please try it with fewer pages at once."),
    "reading.out_of_memory": N_("It took too much memory. Please try it with fewer pages at once."),
    "reading.bytes_missing": N_(
        "The file of a paper can't be read right now. Please tell the administrator."
    ),
}
OTHER_TROUBLE: Final = N_(
    "A page can't be copied: the file is damaged there. Please leave that page out, or scan it again."
)


def trouble_text(code: str) -> str:
    return str(gettext(TROUBLES.get(code, OTHER_TROUBLE)))


def openly_seen(session: Session, document_id: uuid.UUID) -> DocumentRow:
    """A paper whose pages the person sees in clear. Raises NotFound, Forbidden, OutOfSight."""
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEARCH)
    row = records.document(session, actor, document_id)
    if row.discarded_at is not None and row.replaced_at is None:
        raise errors.NotFound()
    if records.sight_now(session, actor, row, archive.clock.now()) < Sight.VIEW:
        raise OutOfSight()
    return row


def class_names(session: Session) -> Callable[[str], str]:
    rows: dict[str, ClassRow] = {row.code: row for row in classification.class_rows(session)}
    language = current_language()

    def name(code: str) -> str:
        return f"{code} {rows[code].name(language)}" if code in rows else code

    return name


def to_document(document_id: uuid.UUID) -> Response:
    return redirect(f"/documents/{document_id}", code=303)


def furnish(app: Flask) -> None:
    app.jinja_env.globals.update(letter_of=letter_of, scan_trouble=trouble_text)
