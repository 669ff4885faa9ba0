"""Lists of slips, one slip, writing one; the case table."""

from dataclasses import replace
from typing import Any

from flask import Response

from archive_service import premises
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, NotFound
from archive_service.kernel.ids import UserId
from archive_service.loans.api.answers import (
    DraftChange,
    FormAsked,
    LoanRuleChange,
    LoanRuleList,
    LoanRuleTold,
    NewSlip,
    SlipList,
    SlipsQuery,
    SlipTold,
    line_told,
    rule_told,
    slip_told,
)
from archive_service.loans.api.furnishing import ONE, blueprint, once_told, step
from archive_service.loans.queries import remedies as remedy_queries
from archive_service.loans.queries import rulebook
from archive_service.loans.queries import slips as queries
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.queries.slips import LoanFilter
from archive_service.loans.rules.asking import Asked, Outsider
from archive_service.loans.rules.cases import LoanCase
from archive_service.loans.service import requesting, ruling
from archive_service.loans.service.naming import items_called
from archive_service.loans.web.furnishing import borrower_of, must_take_part, names_of
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive


@blueprint.get("/loans")
@blueprint.input(SlipsQuery, location="query", arg_name="asked")
@blueprint.output(SlipList)
@blueprint.doc(summary=N_("Slips, the latest first; overdue ones, longest overdue first"))
def listing(asked: SlipsQuery) -> SlipList:
    must_take_part()
    actor, archive = current_actor(), current_archive()
    today = business_day(archive.clock.now())
    wanted = LoanFilter(
        states=(asked.state,) if asked.state else (),
        mine=asked.mine,
        borrower=UserId(asked.borrower) if asked.borrower else None,
        text=asked.number,
        first=asked.first,
        last=asked.last,
        overdue_on=today if asked.overdue else None,
        queued=asked.queued,
    )
    with archive.reading() as session:
        total = queries.loan_count(session, actor, wanted)
        rows = queries.loans(session, actor, wanted, offset=(asked.page - 1) * asked.size, limit=asked.size)
        names = names_of(session, rows)
    return SlipList(loans=[line_told(row, borrower_of(row, names), today) for row in rows], total=total)


@blueprint.get(ONE)
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("One slip, what stands on it, what is being made good"))
def one(loan_id: int) -> SlipTold:
    actor, archive = current_actor(), current_archive()
    with archive.reading() as session:
        row = queries.loan(session, actor, loan_id)
        return slip_told(
            row,
            borrower_of(row, names_of(session, [row])),
            queries.items_of(session, actor, row.id),
            remedy_queries.remedies_of(session, row.id),
            business_day(archive.clock.now()),
        )


def _form(work: UnitOfWork, asked: FormAsked) -> Asked:
    one = asked.outsider
    return Asked(
        items=items_called(work.session, work.actor, asked.items, asked.form),
        purpose=asked.purpose,
        use=asked.use,
        purpose_text=asked.purpose_text,
        days=asked.days,
        borrower=asked.borrower,
        party_id=asked.owner,
        outsider=Outsider(
            person=one.person,
            id_type=one.id_type.value,
            id_no=one.id_no,
            contact=one.contact,
            id_checked=one.id_checked,
            organisation=one.organisation,
            letter_no=one.letter_no,
            legal_basis=one.legal_basis,
        )
        if one
        else None,
        unmasked=asked.unmasked,
        unmask_reason=asked.unmask_reason,
        remarks=asked.remarks,
    )


@blueprint.post("/loans")
@blueprint.input(NewSlip, arg_name="asked")
@blueprint.output(SlipTold, status_code=201)
@blueprint.doc(
    summary=N_("Ask for a loan: with the undertaking it is handed in, without it stays a draft"),
    responses={409: "Overdue or lost things of the borrower's, something is being repaired or kept"},
)
def new(asked: NewSlip) -> Response:
    current_actor().must(Permission.REQUEST_LOAN)
    seal = premises.seal_of(current_archive())

    def verb(work: UnitOfWork) -> LoanRow:
        form = _form(work, asked)
        if asked.undertaking is None:
            return requesting.draft(work, seal, form)
        return requesting.request(work, seal, form, undertaking=asked.undertaking)

    return step(asked, verb, 201)


@blueprint.patch(ONE)
@blueprint.input(DraftChange, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Write a draft anew"))
def change(loan_id: int, asked: DraftChange) -> Response:
    current_actor().must(Permission.REQUEST_LOAN)
    seal = premises.seal_of(current_archive())

    def verb(work: UnitOfWork) -> LoanRow:
        queries.loan(work.session, work.actor, loan_id)
        return requesting.change_draft(work, seal, loan_id, _form(work, asked), seen=asked.revision)

    return step(asked, verb)


@blueprint.get("/loan-rules")
@blueprint.output(LoanRuleList)
@blueprint.doc(summary=N_("The case table: for how many days, how often renewed, in which ways"))
def rules() -> LoanRuleList:
    must_take_part()
    with current_archive().reading() as session:
        return LoanRuleList(rules=[rule_told(row) for row in rulebook.rules(session).values()])


@blueprint.patch("/loan-rules/<case>")
@blueprint.input(LoanRuleChange, arg_name="asked")
@blueprint.output(LoanRuleTold)
@blueprint.doc(
    summary=N_("Change a row of the case table, signed in as a person in a browser; a token is refused")
)
def change_rule(case: str, asked: LoanRuleChange) -> Response:
    current_actor().must(Permission.MANAGE_LOAN_RULES)
    if case not in set(LoanCase):
        raise NotFound()

    def verb(work: UnitOfWork) -> LoanRuleTold:
        before = rulebook.rules(work.session)[LoanCase(case)].rule
        told: dict[str, Any] = asked.model_dump(exclude={"reason", "revision"}, exclude_none=True)
        if "uses" in told:
            told["uses"] = frozenset(told["uses"])
        if "asks_reason" in told:
            told["reason"] = told.pop("asks_reason")
        return rule_told(
            ruling.change_rule(work, replace(before, **told), reason=asked.reason, seen=asked.revision)
        )

    return once_told(asked, verb)
