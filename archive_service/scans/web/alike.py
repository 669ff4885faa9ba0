"""Beside a paper: what looks like it, what it was made of, whether to split it. And two papers side by side."""

import uuid
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from flask import Response, make_response, render_template
from sqlalchemy.orm import Session

from archive_service import records
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Sight
from archive_service.records import DocumentRow
from archive_service.scans.queries import looks, requests
from archive_service.scans.rules.plans import MOVABLE
from archive_service.scans.service.rearranging import READ
from archive_service.scans.web.furnishing import blueprint, class_names, openly_seen
from archive_service.web import current_actor, current_archive, only_asked

COMPARED: Final = 12_000  # characters of each text
_PAGES: Final = 20


@dataclass(frozen=True, slots=True)
class Difference:
    """Pieces of both texts that stand at the same place; ``same``: whether they are the same."""

    left: str
    right: str
    same: bool


@blueprint.get("/documents/<uuid:document_id>/scan")
def beside(document_id: uuid.UUID) -> Response:
    """A part of the document's page, fetched after it: it may cost more than the page itself."""
    only_asked()
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEARCH)
    with archive.reading() as session:
        row = records.document(session, actor, document_id)
        if row.discarded_at is not None and row.replaced_at is None:
            raise NotFound()
        now = archive.clock.now()
        in_clear = records.sight_now(session, actor, row, now) >= Sight.VIEW
        alike = looks.look_alikes(session, actor, row.id, now) if in_clear else ()
        wishes = requests.requests_of(session, row.id)
        seen = requests.seen_papers(session, actor, {paper for wish in wishes for paper in wish.papers})
        may = in_clear and actor.may(Permission.UPLOAD)
        proposal = looks.proposals(session, [row]).get(row.id) if may else None
        name = class_names(session)
    page = render_template(
        "scans/_beside.html",
        row=row,
        alike=alike,
        wishes=wishes,
        seen=seen,
        proposal=proposal,
        class_name=name,
        may_arrange=may and row.media_type in MOVABLE and row.state in READ and row.discarded_at is None,
    )
    return make_response(page)


@blueprint.get("/documents/<uuid:document_id>/look-alikes/<uuid:other_id>")
def compare(document_id: uuid.UUID, other_id: uuid.UUID) -> str:
    only_asked()
    with current_archive().reading() as session:
        left, right = openly_seen(session, document_id), openly_seen(session, other_id)
        found = looks.look_alikes(session, current_actor(), left.id, current_archive().clock.now())
        texts = [_text(session, row) for row in (left, right)]
    likeness = next((one.likeness for one in found if one.document.id == right.id), None)
    return render_template(
        "scans/compare.html",
        papers=(left, right),
        likeness=likeness,
        differences=differences(*texts),
        cut=any(len(text) >= COMPARED for text in texts),
    )


def _text(session: Session, row: DocumentRow) -> str:
    pages, _ = records.page_texts(session, row.version_id, most=_PAGES, characters=COMPARED)
    return "\n".join(text for _, text in pages)[:COMPARED]


def differences(left: str, right: str) -> list[Difference]:
    """Line by line: what both say is told once."""
    ours, theirs = left.splitlines()[:1000], right.splitlines()[:1000]
    matcher = SequenceMatcher(None, ours, theirs, autojunk=True)
    return [
        Difference("\n".join(ours[i1:i2]), "\n".join(theirs[j1:j2]), same=tag == "equal")
        for tag, i1, i2, j1, j2 in matcher.get_opcodes()
    ]
