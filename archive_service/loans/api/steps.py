"""Each step of a slip, by the same use cases as the buttons on its page."""

from flask import Response

from archive_service import premises, records
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, NotFound
from archive_service.loans.api.answers import (
    Handing,
    LoanCheckAsked,
    LoanComment,
    LoanIssueAsked,
    LoanRemedyAsked,
    LoanRenewalAsked,
    LoanReturnAsked,
    NothingMore,
    SlipTold,
)
from archive_service.loans.api.furnishing import ONE, blueprint, step
from archive_service.loans.queries import remedies as remedy_queries
from archive_service.loans.queries import slips as queries
from archive_service.loans.queries.rows import LoanRow
from archive_service.loans.rules import LoanItemId
from archive_service.loans.rules.asking import Finding, Handed
from archive_service.loans.rules.refusals import BadAmount, NeedsSource
from archive_service.loans.rules.remedies import RemedyStep
from archive_service.loans.service import issuing, remedying, reminding, renewing, requesting, returning
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive


@blueprint.post(f"{ONE}/submission")
@blueprint.input(Handing, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Hand a draft in"))
def submit(loan_id: int, asked: Handing) -> Response:
    current_actor().must(Permission.REQUEST_LOAN)
    seal = premises.seal_of(current_archive())
    return step(
        asked,
        lambda work: requesting.submit(
            work, seal, loan_id, undertaking=asked.undertaking, seen=asked.revision
        ),
    )


@blueprint.post(f"{ONE}/cancellation")
@blueprint.input(LoanComment, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Take your own slip back before it is fetched"))
def cancel(loan_id: int, asked: LoanComment) -> Response:
    current_actor().must(Permission.REQUEST_LOAN)
    return step(
        asked,
        lambda work: requesting.cancel(work, loan_id, comment=asked.comment, seen=asked.revision),
    )


@blueprint.post(f"{ONE}/issue")
@blueprint.input(LoanIssueAsked, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Hand out what was approved; copies are given away"))
def issue(loan_id: int, asked: LoanIssueAsked) -> Response:
    current_actor().must(Permission.HAND_OUT_LOANS)
    handed = [
        Handed(LoanItemId(one.item), one.pages, one.condition, one.note, one.copies) for one in asked.items
    ]
    return step(asked, lambda work: issuing.issue(work, loan_id, handed, seen=asked.revision))


@blueprint.post(f"{ONE}/return")
@blueprint.input(LoanReturnAsked, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Take items back; they are checked after"))
def take_back(loan_id: int, asked: LoanReturnAsked) -> Response:
    current_actor().must(Permission.HAND_OUT_LOANS)
    brought = [LoanItemId(one) for one in asked.items]
    return step(
        asked,
        lambda work: returning.take_back(work, loan_id, brought, comment=asked.comment, seen=asked.revision),
    )


@blueprint.post(f"{ONE}/check")
@blueprint.input(LoanCheckAsked, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Say how everything came back: whole, damaged, incomplete or lost"))
def check(loan_id: int, asked: LoanCheckAsked) -> Response:
    current_actor().must(Permission.HAND_OUT_LOANS)
    findings = [
        Finding(LoanItemId(one.item), one.outcome, one.pages, one.condition, one.note) for one in asked.items
    ]
    return step(asked, lambda work: returning.check(work, loan_id, findings, seen=asked.revision))


@blueprint.post(f"{ONE}/loss")
@blueprint.input(LoanComment, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Report what is out as lost; its making good begins"))
def lose(loan_id: int, asked: LoanComment) -> Response:
    current_actor().must(Permission.HAND_OUT_LOANS)
    return step(
        asked,
        lambda work: returning.report_lost(work, loan_id, comment=asked.comment, seen=asked.revision),
    )


@blueprint.post(f"{ONE}/renewal")
@blueprint.input(LoanRenewalAsked, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Ask for more days"))
def renew(loan_id: int, asked: LoanRenewalAsked) -> Response:
    current_actor().must(Permission.REQUEST_LOAN)
    return step(
        asked,
        lambda work: renewing.ask_renewal(work, loan_id, reason=asked.reason, seen=asked.revision),
    )


@blueprint.post(f"{ONE}/renewal/withdrawal")
@blueprint.input(NothingMore, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("No longer ask for more days"))
def take_back_renewal(loan_id: int, asked: NothingMore) -> Response:
    current_actor().must(Permission.REQUEST_LOAN)
    return step(asked, lambda work: renewing.take_back_renewal(work, loan_id))


@blueprint.post(f"{ONE}/chase")
@blueprint.input(NothingMore, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(summary=N_("Ask the borrower for what is overdue, once a day"))
def chase(loan_id: int, asked: NothingMore) -> Response:
    current_actor().must(Permission.HAND_OUT_LOANS)
    return step(asked, lambda work: reminding.chase(work, loan_id))


@blueprint.post(f"{ONE}/remedies/<int(max=2147483647):remedy_id>")
@blueprint.input(LoanRemedyAsked, arg_name="asked")
@blueprint.output(SlipTold)
@blueprint.doc(
    summary=N_("The next step of making something good: statement, rebuilding, compensation, note")
)
def remedy(loan_id: int, remedy_id: int, asked: LoanRemedyAsked) -> Response:
    current_actor().must(Permission.HAND_OUT_LOANS)

    def verb(work: UnitOfWork) -> LoanRow:
        known = remedy_queries.remedies_of(work.session, queries.loan(work.session, work.actor, loan_id).id)
        if remedy_id not in {one.id for one in known}:
            raise NotFound()
        _make_good(work, remedy_id, asked)
        return queries.loan(work.session, work.actor, loan_id)

    return step(asked, verb)


def _make_good(work: UnitOfWork, remedy_id: int, asked: LoanRemedyAsked) -> None:
    match asked.step:
        case RemedyStep.STATEMENT:
            remedying.give_statement(work, remedy_id, asked.text)
        case RemedyStep.REBUILD:
            typed = asked.replacement.strip()
            paper = records.document_called(work.session, work.actor, typed) if typed else None
            if asked.how is None or (typed and paper is None):
                raise NeedsSource(field="replacement")
            remedying.rebuild(work, remedy_id, asked.how, source=asked.text, replacement_id=paper)
        case RemedyStep.COMPENSATE:
            if asked.amount_fen is None:
                raise BadAmount(field="amount_fen")
            remedying.compensate(work, remedy_id, asked.amount_fen, note=asked.text)
        case _:
            remedying.note(work, remedy_id, asked.text)
