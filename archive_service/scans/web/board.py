"""整理扫描件: the pages of one or several scans, to be split, merged, turned, reordered.

What shall become of them stands in one text field, which people without scripts write themselves; the script moves
pictures about and writes the same words.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import classification, records
from archive_service.classification.web import class_groups
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.kernel.levels import Sight
from archive_service.records import DocumentRow, InboxPart
from archive_service.scans.queries import looks, requests
from archive_service.scans.rules.plans import (
    LONGEST_PLAN,
    MOST_SOURCES,
    MOVABLE,
    Leaf,
    Part,
    Plan,
    Source,
    TooMuch,
    read_parts,
    write_parts,
)
from archive_service.scans.service import rearranging as service
from archive_service.scans.web.furnishing import blueprint, openly_seen, to_document
from archive_service.web import (
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    safe_target,
    whole_number,
)

OFFERED: Final = 20
_FIELDS: Final = frozenset({"document", "version", "parts", "reason"})


@dataclass(frozen=True, slots=True)
class Sheet:
    """A page on the board. ``shown``: whether there is a small picture of it."""

    leaf: Leaf
    is_blank: bool
    is_separator: bool
    shown: bool


@dataclass(frozen=True, slots=True)
class Pile:
    """A paper that is being made of sheets; ``part`` None: what is left out."""

    part: Part | None
    sheets: tuple[Sheet, ...]


@blueprint.get("/scans/board")
def board() -> Response:
    only_asked("document", "proposal")
    current_actor().must(Permission.UPLOAD)
    ids = [parse_uuid(text) for text in request.args.getlist("document")]
    return _page([one for one in ids if one is not None])


def _page(
    ids: list[uuid.UUID], *, typed: str | None = None, reason: str = "", error: ArchiveError | None = None
) -> Response:
    actor, archive = current_actor(), current_archive()
    ids = list(dict.fromkeys(ids))
    if not ids:
        raise NotFound()
    if len(ids) > MOST_SOURCES:
        raise TooMuch(most=MOST_SOURCES)
    with archive.reading() as session:
        rows = [openly_seen(session, one) for one in ids]
        busy = requests.underway(session, ids)
        proposal = looks.proposals(session, rows).get(rows[0].id) if len(rows) == 1 else None
        parts = _parts(rows, proposal, typed)
        piles = _piles(session, rows, parts, set(proposal.sheets) if proposal else set())
        classes = classification.class_rows(session)
        offered = _offered(session, {row.id for row in rows})
    lettered = len(rows) > 1
    page = render_template(
        "scans/board.html",
        rows=rows,
        piles=piles,
        written=write_parts(parts, lettered=lettered) if typed is None else typed,
        reason=reason,
        error=explain(error) if error is not None else "",
        lettered=lettered,
        filed=any(row.archival_no for row in rows),
        proposal=proposal,
        busy=busy,
        movable=all(row.media_type in MOVABLE and row.state in service.READ for row in rows),
        groups=class_groups(classes),
        offered=offered,
        language=current_language(),
        may_add=actor.may(Permission.UPLOAD) and not any(row.archival_no for row in rows),
        longest=LONGEST_PLAN,
    )
    return make_response(page, 200 if error is None else 409 if isinstance(error, Conflict) else 422)


def _parts(rows: list[DocumentRow], proposal: looks.Proposal | None, typed: str | None) -> tuple[Part, ...]:
    if typed is not None:
        try:
            return read_parts(typed)
        except Invalid:
            pass  # what was typed is shown again as it was; the pictures lie as they came
    if proposal is not None:
        return proposal.parts
    return (
        Part(
            tuple(
                Leaf(at, number)
                for at, row in enumerate(rows)
                for number in range(1, (row.pages_total or 0) + 1)
            )
        ),
    )


def _piles(
    session: Session, rows: list[DocumentRow], parts: tuple[Part, ...], separators: set[int]
) -> list[Pile]:
    blank = looks.blank_pages(session, [row.version_id for row in rows])
    pictured = [
        {page.number for page in records.page_rows(session, row.version_id) if page.thumbnail} for row in rows
    ]

    def sheet(leaf: Leaf) -> Sheet:
        is_blank = (rows[leaf.source].version_id, leaf.page) in blank
        is_separator = leaf.source == 0 and leaf.page in separators
        return Sheet(leaf, is_blank, is_separator, leaf.page in pictured[leaf.source])

    there = [(at, number) for at, row in enumerate(rows) for number in range(1, (row.pages_total or 0) + 1)]
    known = set(there)
    piles, placed = [], set[tuple[int, int]]()
    for part in parts:
        leaves = [leaf for leaf in part.leaves if (leaf.source, leaf.page) in known - placed]
        placed |= {(leaf.source, leaf.page) for leaf in leaves}
        piles.append(Pile(part, tuple(map(sheet, leaves))))
    left = tuple(sheet(Leaf(at, number)) for at, number in there if (at, number) not in placed)
    return [*piles, Pile(None, left)]


def _offered(session: Session, chosen: set[uuid.UUID]) -> list[DocumentRow]:
    """Newest papers of the inbox that could lie on the board as well."""
    actor, now = current_actor(), current_archive().clock.now()
    rows = records.inbox(session, actor, InboxPart.UNCLASSIFIED, limit=OFFERED + len(chosen))
    return [
        row
        for row in rows
        if row.id not in chosen
        and row.state in service.READ
        and row.media_type in MOVABLE
        and records.freely_seen(actor, row) >= Sight.VIEW
        and now >= row.created_at
    ][:OFFERED]


@blueprint.post("/scans")
def make() -> Response:
    only_asked()
    refuse_unknown(_FIELDS)
    current_actor().must(Permission.UPLOAD)
    ids = [parse_uuid(text) for text in request.form.getlist("document")]
    versions = [whole_number(text, 99_999) or 0 for text in request.form.getlist("version")]
    documents = [one for one in ids if one is not None]
    if not documents or len(documents) != len(ids) or len(versions) != len(ids):
        raise NotFound()
    typed, reason = request.form.get("parts", ""), request.form.get("reason", "")
    try:
        sources = tuple(Source(*pair) for pair in zip(documents, versions, strict=True))
        plan = Plan(sources, read_parts(typed), reason)
        with current_archive().unit_of_work(current_actor()) as work:
            request_id = service.rearrange(work, plan)
    except (Invalid, Conflict, Forbidden) as error:
        return _page(documents, typed=typed, reason=reason, error=error)
    return to_request(request_id)


def to_request(request_id: int) -> Response:
    answer = redirect(url_for("scans.show", request_id=request_id), code=303)
    assert isinstance(answer, Response)
    return answer


@blueprint.post("/documents/<uuid:document_id>/split-at-sheets")
def split_at_sheets(document_id: uuid.UUID) -> Response:
    """One click on what is proposed: here, or on a list that the person goes back to (``next``)."""
    only_asked()
    refuse_unknown(frozenset({"version"}))
    version = whole_number(request.form.get("version", ""), 99_999) or 0
    back = safe_target(request.form.get("next"), "")
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            request_id = service.take_proposal(work, document_id, version)
    except (Invalid, Conflict, Forbidden) as error:
        if not back:
            raise
        flash(explain(error), "danger")
        return _to(back)
    if not back:
        return to_request(request_id)
    flash(str(gettext("It is being split. The new papers come into the inbox by themselves.")), "success")
    return _to(back)


def _to(place: str) -> Response:
    answer = redirect(place, code=303)
    assert isinstance(answer, Response)
    return answer


@blueprint.post("/documents/<uuid:document_id>/keep-whole")
def keep_whole(document_id: uuid.UUID) -> Response:
    only_asked()
    refuse_unknown(frozenset())
    with current_archive().unit_of_work(current_actor()) as work:
        service.decline_proposal(work, document_id)
    flash(str(gettext("It stays one paper.")), "success")
    answer = to_document(document_id)
    assert isinstance(answer, Response)
    return answer
