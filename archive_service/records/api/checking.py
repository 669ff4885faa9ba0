"""The four-property check, versions side by side, and going back to an older one, for programs."""

import uuid
from datetime import datetime
from typing import Annotated

from flask import Response, url_for
from flask_babel import gettext
from pydantic import Field

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.errors import N_
from archive_service.kernel.levels import Sight
from archive_service.kernel.masking import mask
from archive_service.records.api.answers import PageNumber
from archive_service.records.api.pages import CURRENT, NUMBERED, closed, seen_document
from archive_service.records.queries import checking as queries
from archive_service.records.queries import comparing as compare_queries
from archive_service.records.queries import versions as version_queries
from archive_service.records.queries.checking import CheckRow
from archive_service.records.queries.comparing import Side
from archive_service.records.rules import PagesClosed
from archive_service.records.rules.findings import WORDS
from archive_service.records.rules.four_properties import BY_CODE, CheckStage, Property, Verdict
from archive_service.records.service import checking as service
from archive_service.records.service.restoring import restore_version
from archive_service.records.service.secrets import unmark
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("checks_api", __name__, "checks")
ONE = f"{CURRENT}/checks/<int(max=999999999999):check_id>"
Number = Annotated[int, Field(ge=1, le=99_999)]


class CheckLine(Told):
    code: str
    property: Property
    title: str
    verdict: Verdict
    text: str
    figures: dict[str, str | int]


class Check(Told):
    id: int
    version: int
    stage: CheckStage
    checker: str = Field(description="version of the table of checks")
    at: datetime
    verdict: Verdict
    confirmed_at: datetime | None
    confirmed_note: str
    lines: list[CheckLine]


class CheckList(Told):
    checks: list[Check]


class Confirmation(Asked):
    note: Line = Field(description="why the warnings may stand")


class Reason(Asked):
    reason: Line


class Begun(Told):
    version: int
    self: str


class CompareQuery(Asked):
    since: Number | None = Field(
        default=None, alias="from", description="number of a version; by default the one before"
    )
    to: Number | None = Field(default=None, description="number of a version; by default the current one")
    page: PageNumber = Field(default=1, description="the first of the pages that are told")


class TextPiece(Told):
    text: str
    changed: bool = Field(description="whether the other version doesn't have it")


class SideTold(Told):
    pieces: list[TextPiece]
    marks: list[tuple[float, float, float, float]] = Field(
        description="left, top, right, bottom of changed words, as fractions of the picture's sides"
    )
    areas: list[tuple[float, float, float, float]] = Field(
        description="where the pictures look different, in the same way; not told to those who see pages masked"
    )


class ComparedPage(Told):
    number: int
    before: SideTold | None
    after: SideTold | None


class FactChanged(Told):
    field: str
    before: str
    after: str


class ComparisonTold(Told):
    removed: int = Field(description="characters, blanks not counted")
    added: int
    coarse: bool = Field(description="some stretches are marked as a whole")
    cut: bool = Field(description="the texts are longer than was compared")
    masked: bool
    changed_pages: list[int]
    pages_total: int
    pages: list[ComparedPage]
    facts: list[FactChanged]


def _check_told(row: CheckRow) -> Check:
    lines = [
        CheckLine(
            code=line.code,
            property=BY_CODE[line.code].property,
            title=str(gettext(BY_CODE[line.code].title)),
            verdict=line.verdict,
            text=str(gettext(WORDS[line.words])) % dict(line.figures) if line.words in WORDS else line.words,
            figures=dict(line.figures),
        )
        for line in row.lines
    ]
    return Check(
        id=row.id,
        version=row.version_number,
        stage=row.stage,
        checker=row.checker,
        at=row.at,
        verdict=row.verdict,
        confirmed_at=row.confirmed_at,
        confirmed_note=mask(row.confirmed_note),
        lines=lines,
    )


@blueprint.get(f"{CURRENT}/checks")
@blueprint.output(CheckList)
@blueprint.doc(summary=N_("Reports of the four-property check of a document, newest first"))
def listing(document_id: uuid.UUID) -> CheckList:
    with current_archive().reading() as session:
        row, sight = seen_document(session, document_id)
        if sight < Sight.MASKED:
            raise closed(row, sight, PagesClosed())
        rows = queries.checks(session, current_actor(), document_id)
    return CheckList(checks=[_check_told(row) for row in rows])


@blueprint.post(f"{CURRENT}/checks")
@blueprint.output(Check, status_code=201)
@blueprint.doc(
    summary=N_("Check the four properties of the current version now"),
    responses={409: "Another version came meanwhile"},
)
def add(document_id: uuid.UUID) -> Response:
    with current_archive().reading() as session:
        row, _ = seen_document(session, document_id)
    service.must_check(current_actor(), row.class_code)
    proof = service.prove(current_archive(), current_actor(), document_id)

    def effect(work: UnitOfWork) -> Reply:
        row = service.check_document(work, document_id, proof)
        return Reply(201, _check_told(row).model_dump(mode="json"))

    return doors.answer(once(current_archive(), current_actor(), doors.attempt(), effect))


@blueprint.post(f"{ONE}/confirmation")
@blueprint.input(Confirmation, arg_name="asked")
@blueprint.output(Check)
@blueprint.doc(
    summary=N_("Confirm the warnings of a report"), responses={409: "Confirmed already, or no warnings"}
)
def confirm(document_id: uuid.UUID, check_id: int, asked: Confirmation) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        row = service.confirm_warnings(work, document_id, check_id, asked.note)
        return Reply(200, _check_told(row).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.get(f"{CURRENT}/comparison")
@blueprint.input(CompareQuery, location="query", arg_name="asked")
@blueprint.output(ComparisonTold)
@blueprint.doc(
    summary=N_("Two versions side by side: words, pictures, description"),
    description="Whoever sees the pages masked is told of differences in what is shown only.",
)
def compare(document_id: uuid.UUID, asked: CompareQuery) -> ComparisonTold:
    with current_archive().reading() as session:
        row, sight = seen_document(session, document_id)
        if sight < Sight.MASKED:
            raise closed(row, sight, PagesClosed())
        to = asked.to or row.version_number
        before = version_queries.version(session, row.id, asked.since or max(1, to - 1))
        after = version_queries.version(session, row.id, to)
        in_clear = sight >= Sight.VIEW
        found = compare_queries.comparison(session, before, after, first=asked.page, in_clear=in_clear)
    return ComparisonTold(
        removed=found.text.removed,
        added=found.text.added,
        coarse=found.text.coarse,
        cut=found.text.cut,
        masked=not in_clear,
        changed_pages=list(found.changed_pages),
        pages_total=found.pages,
        pages=[
            ComparedPage(number=pair.number, before=_side_told(pair.before), after=_side_told(pair.after))
            for pair in found.pairs
        ],
        facts=[
            FactChanged(field=one.field, before=mask(one.before), after=mask(one.after))
            for one in found.facts
        ],
    )


def _side_told(side: Side | None) -> SideTold | None:
    if side is None:
        return None
    return SideTold(
        pieces=[TextPiece(text=piece.text, changed=piece.changed) for piece in side.pieces],
        marks=[(frame.x0, frame.y0, frame.x1, frame.y1) for frame in side.marks],
        areas=[(frame.x0, frame.y0, frame.x1, frame.y1) for frame in side.areas],
    )


@blueprint.post(f"{NUMBERED}/restoration")
@blueprint.input(Reason, arg_name="asked")
@blueprint.output(Begun, status_code=201)
@blueprint.doc(
    summary=N_("Make an older version's content the newest version"),
    responses={409: "It is the current content already"},
)
def restore(document_id: uuid.UUID, number: int, asked: Reason) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        version_id = restore_version(work, document_id, number, asked.reason)
        made = version_queries.version_by_id(work.session, version_id)
        told = Begun(version=made.number, self=url_for("documents_api.show", document_id=document_id))
        return Reply(201, told.model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.post(f"{NUMBERED}/unmarking")
@blueprint.input(Reason, arg_name="asked")
@blueprint.output(Begun, status_code=202)
@blueprint.doc(
    summary=N_("Say that what was taken for the mark of a state secret is none"),
    responses={409: "There is nothing taken for one"},
)
def say_unmarked(document_id: uuid.UUID, number: int, asked: Reason) -> Response:
    def effect(work: UnitOfWork) -> Reply:
        unmark(work, document_id, number, asked.reason)
        told = Begun(version=number, self=url_for("documents_api.show", document_id=document_id))
        return Reply(202, told.model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))
