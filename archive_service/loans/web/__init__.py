"""Lending at the counter: lists of slips, one slip with its steps, the form to ask, the desk with a hand scanner."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.approvals.web import register_kind
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.loans.rules.cases import CASE_NAMES
from archive_service.loans.rules.notices import WORDS
from archive_service.loans.service.approving import LoanKind, RenewalKind
from archive_service.loans.web import (
    asking,
    desk,
    lists,
    printing,
    rules,
    shown_elsewhere,
    slips,
    statistics,
    steps,
)
from archive_service.loans.web.furnishing import blueprint
from archive_service.reminders.web import register_words
from archive_service.web import Place, register_addition, register_place

__all__ = ["register"]

_ROUTES = (asking, desk, lists, printing, rules, slips, statistics, steps)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    register_place(
        app,
        Place(47, "loans", lazy_gettext("Loans"), "loans.page", "arrow-right", Permission.REQUEST_LOAN),
    )
    cases = {case.value: name for case, name in CASE_NAMES.items()}
    register_kind(app, LoanKind(), shown_elsewhere.preview, name=N_("Loan of papers"), cases=cases)
    register_kind(app, RenewalKind(), shown_elsewhere.preview, name=N_("Renewal of a loan"), cases=cases)
    register_words(app, WORDS)
    register_addition(app, "records.document", shown_elsewhere.of_document)
    register_addition(app, "records.case_file", shown_elsewhere.of_case_file)
