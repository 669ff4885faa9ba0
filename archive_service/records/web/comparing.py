"""Versions side by side, going back to an older one, and saying that a supposed mark of a state secret is none."""

import uuid
from typing import Final

from flask import Response, flash, render_template, request
from flask_babel import gettext

from archive_service.kernel.boxes import Frame
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.records.queries import comparing as queries
from archive_service.records.queries import steps as step_queries
from archive_service.records.queries.comparing import PAGES_AT_ONCE
from archive_service.records.service.restoring import restore_version
from archive_service.records.service.secrets import unmark
from archive_service.records.web import words
from archive_service.records.web.documents import to_document, told_fact
from archive_service.records.web.furnishing import (
    LARGEST_NUMBER,
    VERSION,
    blueprint,
    seen_document,
    seen_pages,
)
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

_SCALE: Final = 1000  # units of the drawing that lies over a picture


@blueprint.get("/documents/<uuid:document_id>/compare")
def compare(document_id: uuid.UUID) -> str:
    """``from`` and ``to``: numbers of versions; by default the current one and the one before it."""
    only_asked("from", "to", "page")
    with current_archive().reading() as session:
        rows = step_queries.steps(session, seen_document(session, document_id).row.id)
        newest = max((step.version.number for step in rows), default=1)
        to = whole_number(request.args.get("to", ""), LARGEST_NUMBER) or newest
        since = whole_number(request.args.get("from", ""), LARGEST_NUMBER) or max(1, to - 1)
        seen, before = seen_pages(session, document_id, since)
        _, after = seen_pages(session, document_id, to)
        total = max(before.pages_read, after.pages_read)
        wanted = whole_number(request.args.get("page", ""), max(1, total)) or 1
        first = (wanted - 1) // PAGES_AT_ONCE * PAGES_AT_ONCE + 1
        found = queries.comparison(session, before, after, first=first, in_clear=seen.in_clear)
    facts = [
        (
            str(gettext(words.FIELDS[one.field])),
            told_fact(one.field, one.before),
            told_fact(one.field, one.after),
        )
        for one in found.facts
        if one.field in words.FIELDS
    ]
    return render_template(
        "records/compare.html",
        seen=seen,
        row=seen.row,
        steps=rows,
        labels={step.version.number: step.first_label for step in rows},
        before=before,
        after=after,
        found=found,
        facts=facts,
        first=first,
        at_once=PAGES_AT_ONCE,
        boxes=_boxes,
    )


def _boxes(frames: tuple[Frame, ...]) -> list[tuple[int, int, int, int]]:
    """Left, top, width and height in thousandths of the picture's sides."""
    return [
        (
            round(frame.x0 * _SCALE),
            round(frame.y0 * _SCALE),
            max(1, round((frame.x1 - frame.x0) * _SCALE)),
            max(1, round((frame.y1 - frame.y0) * _SCALE)),
        )
        for frame in frames
    ]


@blueprint.post(f"{VERSION}/restoration")
def restore(document_id: uuid.UUID, number: int) -> Response:
    only_asked()
    refuse_unknown(frozenset({"reason"}))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            restore_version(work, document_id, number, request.form.get("reason", ""))
        flash(
            str(gettext("The content of version %(number)s is the newest version now.", number=number)),
            "success",
        )
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    return to_document(document_id)


@blueprint.post(f"{VERSION}/unmarking")
def say_unmarked(document_id: uuid.UUID, number: int) -> Response:
    only_asked()
    refuse_unknown(frozenset({"reason"}))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            unmark(work, document_id, number, request.form.get("reason", ""))
        flash(str(gettext("The version is being read again.")), "success")
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    return to_document(document_id)
