"""The page of one document: viewer, facts, versions, history, how far it has been read."""

import uuid
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from flask import Response, make_response, redirect, render_template, request, url_for
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import audit, classification, people
from archive_service.audit import AuditRow
from archive_service.classification import ClassRow
from archive_service.classification.web import class_groups
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.masking import mask
from archive_service.records.queries import documents as queries
from archive_service.records.queries import editions as edition_queries
from archive_service.records.queries import filing as filing_queries
from archive_service.records.queries import finding
from archive_service.records.queries import pages as page_queries
from archive_service.records.queries import reviewing as review_queries
from archive_service.records.queries import steps as step_queries
from archive_service.records.queries import versions as version_queries
from archive_service.records.queries.documents import CorrectionRow
from archive_service.records.queries.reviewing import ReviewRow, ToldReason
from archive_service.records.queries.rows import DocumentRow, VersionRow
from archive_service.records.queries.steps import MinorStep
from archive_service.records.rules import READ, STUCK, TELLING_OF_OTHERS, UNREAD
from archive_service.records.rules.review import SEND_BACK_NAMES
from archive_service.records.rules.versions import REASON_NAMES
from archive_service.records.service import changing
from archive_service.records.service.case_files import may_file
from archive_service.records.service.misplaced import misplaced
from archive_service.records.service.secrets import may_unmark
from archive_service.records.web import standing, words
from archive_service.records.web.check_words import check_words
from archive_service.records.web.furnishing import (
    VERSION,
    Seen,
    blueprint,
    level_name,
    seen_document,
    seen_version,
)
from archive_service.records.web.viewing import sought
from archive_service.web import current_actor, current_archive, current_language, only_asked, whole_number
from search_index import find_marks

_HISTORY: Final = 100  # events shown; the whole trail is on the auditor's page


@dataclass(frozen=True, slots=True)
class Change:
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class Event:
    """One line of the history: who did what when, and which facts it changed."""

    at: datetime
    who: str
    door: str
    what: str
    changes: tuple[Change, ...]
    reason: str


@blueprint.get("/documents/<uuid:document_id>")
def document(document_id: uuid.UUID) -> Response:
    only_asked("q", "page")
    with current_archive().reading() as session:
        seen = seen_document(session, document_id)
        told = _told(session, seen, seen.row.version_number)
    return _page(told)


@blueprint.get(VERSION)
def version(document_id: uuid.UUID, number: int) -> Response:
    """The same page, opened at one version; an old one says so."""
    only_asked("q", "page")
    with current_archive().reading() as session:
        told = _told(session, seen_document(session, document_id), number)
    return _page(told)


def _page(told: dict[str, object]) -> Response:
    """Made when the connection is back: what others add to the page takes one of its own."""
    return make_response(render_template("records/document.html", **told))


def _told(session: Session, seen: Seen, number: int) -> dict[str, object]:
    row = seen.row
    shown = version_queries.version(session, row.id, number)
    classes = classification.class_rows(session)
    names = people.display_names(session)
    query = request.args.get("q", "")[:1000]
    review = None if row.archival_no else review_queries.open_review(session, row.id)
    return {
        "seen": seen,
        "row": row,
        "version": shown,
        "versions": step_queries.steps(session, row.id),
        "editions": edition_queries.editions(session, current_actor(), row.id) if row.archival_no else [],
        "reason_names": REASON_NAMES,
        "may_unmark": may_unmark(current_actor(), shown, row.class_code),
        "minor_changes": _minor_changes,
        **check_words(),
        "history": _history(session, row, names),
        "names": names,
        "misplaced": misplaced(session, current_actor(), row),
        "filing": filing_queries.filing(session, row.id) if row.archival_no else None,
        "code_words": words.CODES,
        "scanned": finding.was_recognised(session, shown.id),
        "page": _first_look(session, seen, shown, query),
        "query": query,
        **_others_at_it(session, row, review),
        **standing.told(session, seen, next((c for c in classes if c.code == row.class_code), None)),
        **editing(
            classes,
            seen,
            current_actor(),
            current_archive().clock.now(),
            returned=review is not None and review.is_returned_to(current_actor()),
        ),
    }


def _others_at_it(session: Session, row: DocumentRow, review: ReviewRow | None) -> dict[str, object]:
    """Who else works on it, whether it waits for a review or was sent back."""
    actor = current_actor()
    held = review_queries.lock_of(session, row.id, current_archive().clock.now())
    return {
        "held": held if held is not None and held.held_by != actor.user_id else None,
        "review": review,
        "send_back_names": SEND_BACK_NAMES,
        "may_break": actor.may(Permission.BREAK_LOCK),
    }


def editing(
    classes: list[ClassRow], seen: Seen, actor: Actor, now: datetime, *, returned: bool = False
) -> dict[str, object]:
    """What the form of the description needs, and which buttons there are."""
    row = seen.row
    here = row.discarded_at is None  # else other documents hold its pages, and it is only to be looked at
    may_describe = here and changing.may_describe(
        actor,
        now,
        class_code=row.class_code,
        created_at=row.created_at,
        created_by=row.created_by,
        filed=bool(row.archival_no),
        returned=returned,
    )
    names = {c.code: c for c in classes}
    groups = class_groups(classes, row.class_code) if may_describe else []
    if row.class_code and not any(c.code == row.class_code for _, rows in groups for c in rows):
        groups = []  # not one of the classes that this person files under, so it is not theirs to move
    return {
        "may_describe": may_describe,
        "may_file": here and bool(row.class_code) and may_file(actor, row.class_code),
        "may_discard": may_describe and not row.class_code and actor.user_id is not None,
        "may_upload": here
        and changing.may_add_version(actor, class_code=row.class_code, filed=bool(row.archival_no)),
        "may_retry": actor.may(Permission.UPLOAD),
        "may_grant": actor.may(Permission.GRANT_SIGHT),
        "class_groups": groups,
        "class_row": names.get(row.class_code),
        "language": current_language(),
        "told": told_of(seen),
        "errors": {},
        "stored": None,
    }


def told_of(seen: Seen) -> dict[str, str]:
    """The description as the form shows it: covered for those who see the document only so."""
    row = seen.row
    texts = {name: getattr(row, name) for name in ("title", "unit", "owner", "doc_number", "file_no")}
    return {
        **{name: seen.shown(text) for name, text in texts.items()},
        "class_code": row.class_code,
        "doc_date": row.doc_date,
        # Sent back as it stands, a level that nobody chose goes on following the class.
        "level": row.level.value if row.level_chosen else "",
        "revision": str(row.revision),
    }


@dataclass(frozen=True, slots=True)
class FirstLook:
    """One page as it is shown before, or without, the viewer: its picture, or its text in marked pieces."""

    number: int
    total: int
    pictured: bool
    width: int
    height: int
    pieces: tuple[tuple[str, bool], ...]


def _first_look(session: Session, seen: Seen, shown: VersionRow, query: str) -> FirstLook | None:
    """The page asked for, else the first. None while there are no pages, or none to be seen."""
    total = shown.pages_read
    if not total or not seen.pages_open:
        return None
    number = whole_number(request.args.get("page", ""), total) or 1
    found = page_queries.page_layouts(session, shown.id, [number])
    if not found:
        return None
    layout = found[0]
    text = seen.shown(layout.text)
    pieces: list[tuple[str, bool]] = []
    at = 0
    for start, end in find_marks(text, sought(query)):
        pieces += [(text[at:start], False), (text[start:end], True)]
        at = end
    pieces.append((text[at:], False))
    row = layout.row
    return FirstLook(number, total, seen.picture_of(row) is not None, row.width, row.height, tuple(pieces))


def _history(session: Session, row: DocumentRow, names: Mapping[int, str]) -> list[Event]:
    kept = queries.corrections(session, row.id)
    # Events of older archives don't say which correction is theirs; no two of those were made at one moment.
    corrections: dict[object, CorrectionRow] = {c.at: c for c in kept} | {c.revision: c for c in kept}
    without = () if current_actor().sees_every_document else TELLING_OF_OTHERS
    events = audit.trail(session, subject=f"document:{row.id}", limit=_HISTORY, without=without)
    told_why = {"document.sent-back", "document.lock-broken"}.intersection(event.action for event in events)
    reasons = review_queries.reasons_told(session, row.id) if told_why else {}
    return [
        replace(told, reason=told.reason or _in_words(reasons.get(event.at)))
        for event, told in ((event, _event(event, names, corrections)) for event in events)
    ]


def _in_words(reason: ToldReason | None) -> str:
    if reason is None:
        return ""
    name = str(gettext(SEND_BACK_NAMES[reason.code])) if reason.code else ""
    return "；".join(part for part in (name, reason.comment) if part)


def _event(event: AuditRow, names: Mapping[int, str], corrections: Mapping[object, CorrectionRow]) -> Event:
    who, _, door = event.actor.partition("/")
    kind, _, user_id = who.partition(":")
    name = names.get(int(user_id), "") if kind == "user" and user_id.isdigit() else gettext("The service")
    message = words.HISTORY.get(event.action)
    # Only facts that the words ask for are filled in: the trail's facts are made by programs.
    what = (
        gettext(message) % {key: str(value) for key, value in event.facts.items()}
        if message
        else event.action
    )
    where = gettext(words.DOORS[door]) if door in words.DOORS else ""
    key = event.facts.get("revision", event.at)
    told = corrections.get(key) if event.action in words.CHANGING else None
    reason = told.reason if told else ""
    return Event(event.at, str(name), str(where), str(what), changes_of(told), reason)


def changes_of(correction: CorrectionRow | None) -> tuple[Change, ...]:
    return () if correction is None else _changes(correction.before, correction.after)


def _changes(before: Mapping[str, str], after: Mapping[str, str]) -> tuple[Change, ...]:
    return tuple(
        Change(
            str(gettext(words.FIELDS[name])),
            told_fact(name, before.get(name, "")),
            told_fact(name, after[name]),
        )
        for name in words.FIELDS
        if name in after
    )


def _minor_changes(step: MinorStep) -> tuple[Change, ...]:
    return _changes(step.before, step.after)


def told_fact(name: str, value: str) -> str:
    if name == "level":
        return level_name(value) if value else ""
    if value in words.CODES.get(name, {}):
        return str(gettext(words.CODES[name][value]))
    if name == "archival_no":
        return value
    return mask(value)


@blueprint.get(f"{VERSION}/progress")
def progress(document_id: uuid.UUID, number: int) -> Response:
    """The line that says how far a version has been read; it asks again until there is no more to come.

    ``was``: the state it showed before. Once pages can be looked at, the whole page is loaded anew.
    """
    only_asked("was")
    with current_archive().reading() as session:
        seen, shown = seen_version(session, document_id, number)
    answer = make_response(
        render_template(
            "records/_progress.html",
            seen=seen,
            row=seen.row,
            version=shown,
            may_retry=_may_retry(),
            may_unmark=may_unmark(current_actor(), shown, seen.row.class_code),
        )
    )
    was = request.args.get("was", "")
    if was in tuple(UNREAD) and shown.state in READ + STUCK:
        answer.headers["HX-Refresh"] = "true"
    return answer


def _may_retry() -> bool:
    return current_actor().may(Permission.UPLOAD)


def to_document(document_id: uuid.UUID) -> Response:
    answer = redirect(url_for("records.document", document_id=document_id), code=303)
    assert isinstance(answer, Response)
    return answer
