"""How long papers are kept, their place after filing, cross-references, what belongs to a unit: for programs.

Approving (a newer rule, a lower level) takes a person: no token carries it. Programs see what waits.
"""

import uuid
from datetime import date, datetime

from flask import Response, url_for
from pydantic import Field, StrictInt

from archive_service import premises
from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.classification import RuleRow
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, NotFound
from archive_service.kernel.levels import Level
from archive_service.kernel.masking import mask
from archive_service.records.api.answers import ClassCode, PageNumber, PageSize
from archive_service.records.api.case_files import CaseFileTold, case_file_told
from archive_service.records.api.filing import DrawingAsked, FilingTold, Year, filing_told
from archive_service.records.api.pages import CURRENT, seen_document
from archive_service.records.queries import level_requests, relations, retention
from archive_service.records.queries.of_unit import of_unit
from archive_service.records.queries.retention import TermRow
from archive_service.records.rules.filing import DrawingFacts, Place
from archive_service.records.rules.numbers import Dept
from archive_service.records.rules.placing import EmptyKind
from archive_service.records.rules.retention import Shift, Standing, Term
from archive_service.records.service import lowering, placing
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("standing_api", __name__, "filing")


class RuleTold(Told):
    kind: str
    years: int | None
    trigger: str | None
    limit: str = Field(description="min: at least so long, max: at most, both: exactly")
    figure: str = Field(description="law, derived or practice: how sure the number of years is")
    label_zh: str
    blocked_while: str = Field(description="a condition during which nothing is due; empty for none")
    version: str = Field(description="of the file plan that brought the rule")


class TermTold(Told):
    standing: Standing = Field(description="permanent, running, or waiting for its trigger to be recorded")
    trigger_date: date | None
    start_date: date | None
    due_date: date | None = Field(description="first day on which it may be proposed for appraisal")


class RetentionTold(TermTold):
    rule: RuleTold
    newer_rule: RuleTold | None = Field(description="of its class; counts once it is approved")


class OlderRuleTold(Told):
    class_code: str
    papers: int
    rule: RuleTold
    newer_rule: RuleTold
    shift: Shift


class OlderRuleList(Told):
    older_rules: list[OlderRuleTold]


class OlderRuleQuery(Asked):
    page: PageNumber = 1
    size: PageSize = 50


class PaperShift(Told):
    document: str = Field(description="address of the document")
    archival_no: str
    now: TermTold
    under_newer_rule: TermTold
    shift: Shift


class PaperShiftList(Told):
    total: int
    page: int
    size: int
    papers: list[PaperShift]


class PlaceAsked(Asked):
    """What is left out stays as it is, where the class is numbered alike. ``drawing``: for one that goes among the
    drawings."""

    class_code: ClassCode
    revision: StrictInt = Field(description="of the document that was read")
    reason: Line
    fonds: Line = ""
    year: Year | None = None
    file_no: Line = ""
    dept: Dept | None = None
    drawing: DrawingAsked | None = None


class WithdrawalAsked(Asked):
    revision: StrictInt
    reason: Line


class EmptyNumberTold(Told):
    archival_no: str
    kind: EmptyKind
    now: str = Field(description="the number that the paper has now; empty if none")
    reason: str
    emptied_at: datetime


class FormerNumbers(Told):
    former_numbers: list[EmptyNumberTold]


class NumberQuery(Asked):
    number: Line = Field(default="", description="in any spelling")


class LevelAsked(Asked):
    level: Level
    reason: Line


class LevelRequestTold(Told):
    id: int
    document: str
    from_level: Level
    to_level: Level
    reason: str
    asked_at: datetime
    state: str


class UnitQuery(Asked):
    page: PageNumber = 1
    size: PageSize = 50


class UnitPaper(Told):
    document: str
    title: str
    archival_no: str
    class_code: str


class UnitPapers(Told):
    total: int
    page: int
    size: int
    documents: list[UnitPaper]
    case_files: list[CaseFileTold] = Field(description="newest first, 200 at most")


def _rule(row: RuleRow) -> RuleTold:
    rule = row.rule
    return RuleTold(
        kind=rule.kind,
        years=rule.years,
        trigger=rule.trigger,
        limit=rule.limit,
        figure=rule.figure,
        label_zh=rule.label_zh,
        blocked_while=rule.blocked_while,
        version=row.number,
    )


def _term(term: Term) -> TermTold:
    return TermTold(
        standing=term.standing, trigger_date=term.trigger, start_date=term.start, due_date=term.due
    )


def _retention(row: TermRow) -> RetentionTold:
    return RetentionTold(
        **_term(row.term).model_dump(),
        rule=_rule(row.rule),
        newer_rule=_rule(row.newer) if row.newer else None,
    )


@blueprint.get(f"{CURRENT}/retention")
@blueprint.output(RetentionTold)
@blueprint.doc(summary=N_("How long a filed document is kept, as far as it is known today"))
def of_document(document_id: uuid.UUID) -> RetentionTold:
    with current_archive().reading() as session:
        seen_document(session, document_id)
        row = retention.retention_term(session, document_id)
    if row is None:
        raise NotFound()
    return _retention(row)


@blueprint.get("/retention/older-rules")
@blueprint.output(OlderRuleList)
@blueprint.doc(
    summary=N_("Filed papers under a rule that is no longer their class's, by class"),
    description="People approve the newer rule, at the page or by a command.",
)
def older_rules() -> OlderRuleList:
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().reading() as session:
        rows = retention.older_rules(session, actor)
    return OlderRuleList(
        older_rules=[
            OlderRuleTold(
                class_code=row.class_code,
                papers=row.papers,
                rule=_rule(row.old),
                newer_rule=_rule(row.new),
                shift=row.shift,
            )
            for row in rows
        ]
    )


@blueprint.get("/retention/older-rules/<code>")
@blueprint.input(OlderRuleQuery, location="query", arg_name="asked")
@blueprint.output(PaperShiftList)
@blueprint.doc(summary=N_("What the newer rule of a class would do to each of its papers"))
def older_rule(code: str, asked: OlderRuleQuery) -> PaperShiftList:
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().reading() as session:
        total, rows = retention.papers_under_older_rules(
            session, actor, code[:12], offset=(asked.page - 1) * asked.size, limit=asked.size
        )
    papers = [
        PaperShift(
            document=url_for("documents_api.show", document_id=row.document_id),
            archival_no=row.archival_no,
            now=_term(row.old),
            under_newer_rule=_term(row.new),
            shift=row.shift,
        )
        for row in rows
    ]
    return PaperShiftList(total=total, page=asked.page, size=asked.size, papers=papers)


@blueprint.post(f"{CURRENT}/place")
@blueprint.input(PlaceAsked, arg_name="asked")
@blueprint.output(FilingTold)
@blueprint.doc(
    summary=N_("Move a filed document into another class, file, year or department"),
    description="It gets the next number there; its old one stays empty for ever. The level never falls by this.",
    responses={
        409: "Not filed, or changed meanwhile",
        422: "Something is missing, or it stands there already",
    },
)
def move(document_id: uuid.UUID, asked: PlaceAsked) -> Response:
    current_actor().must(Permission.FILE)

    def effect(work: UnitOfWork) -> Reply:
        drawing = DrawingFacts(**asked.drawing.model_dump()) if asked.drawing else None
        row = placing.change_place(
            work,
            document_id,
            asked.class_code,
            Place(asked.fonds, asked.year, asked.file_no, asked.dept),
            revision=asked.revision,
            reason=asked.reason,
            drawing=drawing,
        )
        return Reply(200, filing_told(row).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.post(f"{CURRENT}/withdrawal")
@blueprint.input(WithdrawalAsked, arg_name="asked")
@blueprint.output(FormerNumbers)
@blueprint.doc(
    summary=N_("Cancel a filing that was a mistake"),
    description="The document waits in the inbox again; its number stays empty for ever.",
    responses={409: "Not filed, changed meanwhile, or something depends on it"},
)
def withdraw(document_id: uuid.UUID, asked: WithdrawalAsked) -> Response:
    current_actor().must(Permission.FILE)

    def effect(work: UnitOfWork) -> Reply:
        placing.withdraw_filing(work, document_id, revision=asked.revision, reason=asked.reason)
        rows = relations.former_numbers(work.session, work.actor, document_id)
        return Reply(200, _former(rows).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


def _former(rows: list[relations.EmptyNumberRow]) -> FormerNumbers:
    return FormerNumbers(former_numbers=[_empty(row) for row in rows])


def _empty(row: relations.EmptyNumberRow) -> EmptyNumberTold:
    return EmptyNumberTold(
        archival_no=row.archival_no,
        kind=row.kind,
        now=row.now,
        reason=mask(row.reason),
        emptied_at=row.emptied_at,
    )


@blueprint.get(f"{CURRENT}/former-numbers")
@blueprint.output(FormerNumbers)
@blueprint.doc(summary=N_("Archival numbers that a document had before"))
def former_numbers(document_id: uuid.UUID) -> FormerNumbers:
    with current_archive().reading() as session:
        seen_document(session, document_id)
        return _former(relations.former_numbers(session, current_actor(), document_id))


@blueprint.get("/empty-numbers")
@blueprint.input(NumberQuery, location="query", arg_name="asked")
@blueprint.output(EmptyNumberTold)
@blueprint.doc(
    summary=N_("What became of an archival number that stands for no document any more"),
    responses={404: "No such number, or of a document that is not for the caller"},
)
def empty_number(asked: NumberQuery) -> EmptyNumberTold:
    actor = current_actor()
    actor.must(Permission.SEARCH)
    with current_archive().reading() as session:
        row = relations.empty_number(session, actor, asked.number)
    if row is None:
        raise NotFound()
    return _empty(row)


@blueprint.post(f"{CURRENT}/level-requests")
@blueprint.input(LevelAsked, arg_name="asked")
@blueprint.output(LevelRequestTold, status_code=201)
@blueprint.doc(
    summary=N_("Ask for a document's level to be lowered"),
    description="Somebody else decides, at the page.",
    responses={409: "A request waits already", 422: "Not below the present level, or below its class's"},
)
def ask_level(document_id: uuid.UUID, asked: LevelAsked) -> Response:
    current_actor().must(Permission.SEARCH)

    def effect(work: UnitOfWork) -> Reply:
        row = lowering.ask_lower_level(work, document_id, asked.level, reason=asked.reason)
        return Reply(201, _request(row).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


def _request(row: level_requests.LevelRequestRow) -> LevelRequestTold:
    return LevelRequestTold(
        id=row.id,
        document=url_for("documents_api.show", document_id=row.document_id),
        from_level=row.from_level,
        to_level=row.to_level,
        reason=mask(row.reason),
        asked_at=row.asked_at,
        state=row.state,
    )


@blueprint.get("/units/<int(max=2147483647):unit_id>/papers")
@blueprint.input(UnitQuery, location="query", arg_name="asked")
@blueprint.output(UnitPapers)
@blueprint.doc(summary=N_("Case files and documents of a unit, however they write its name"))
def unit_papers(unit_id: int, asked: UnitQuery) -> UnitPapers:
    actor = current_actor()
    actor.must(Permission.SEE_PREMISES)
    actor.must(Permission.SEARCH)
    with current_archive().reading() as session:
        premises.unit(session, unit_id)
        offset = (asked.page - 1) * asked.size
        found = of_unit(session, actor, unit_id, offset=offset, limit=asked.size, files=200)
    return UnitPapers(
        total=found.documents,
        page=asked.page,
        size=asked.size,
        documents=[
            UnitPaper(
                document=url_for("documents_api.show", document_id=row.id),
                title=mask(row.title),
                archival_no=row.archival_no,
                class_code=row.class_code,
            )
            for row in found.document_rows
        ],
        case_files=[case_file_told(row) for row in found.case_file_rows],
    )
