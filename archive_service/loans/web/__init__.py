"""Lending at the counter: lists of slips, one slip with its steps, the form to ask, the desk with a hand scanner."""

from flask import Flask
from flask_babel import lazy_gettext

from archive_service.kernel.actor import Actor, Permission
from archive_service.loans.web import asking, lists, printing, shown_elsewhere, slips, steps
from archive_service.loans.web.furnishing import blueprint
from archive_service.web import Place, register_addition, register_place

__all__ = ["register"]

_ROUTES = (asking, lists, printing, slips, steps)


class _LendingPlace(Place):
    """For who borrows, and for who looks on."""

    __slots__ = ()

    def is_for(self, actor: Actor) -> bool:
        return actor.may(Permission.REQUEST_LOAN) or actor.may(Permission.SEE_LOANS)


def register(app: Flask) -> None:
    app.register_blueprint(blueprint)
    register_place(app, _LendingPlace(47, "loans", lazy_gettext("Loans"), "loans.page", "arrow-right"))
    register_addition(app, "records.document", shown_elsewhere.of_document)
    register_addition(app, "records.case_file", shown_elsewhere.of_case_file)
