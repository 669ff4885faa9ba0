"""What people are told of slips: words by kind, with the facts that ``service.telling`` gives. Pure."""

from collections.abc import Mapping
from typing import Final

from archive_service.kernel.errors import N_
from archive_service.reminders.rules import Words

_PAGE: Final = "/loans/%(loan)s"

WORDS: Final[Mapping[str, Words]] = {
    "loan.to-decide": Words(N_("Slip %(slip)s waits for your decision."), "/approvals/%(request)s", "gavel"),
    "loan.approved": Words(N_("Slip %(slip)s is approved: fetch it by %(fetch_by)s."), _PAGE, "circle-check"),
    "loan.rejected": Words(N_("Slip %(slip)s was refused; the reason stands on it."), _PAGE, "circle-x"),
    "loan.lapsed": Words(
        N_("Nobody decided on slip %(slip)s in time. Hand in another one if you still need it."), _PAGE
    ),
    "loan.void": Words(
        N_(
            "What slip %(slip)s stands on has changed, so it came back to you. Look at it and hand it in again."
        ),
        _PAGE,
    ),
    "loan.expired": Words(N_("Slip %(slip)s was not fetched in time and is over."), _PAGE, "clock"),
    "loan.view-open": Words(
        N_("What slip %(slip)s asks for is open to you on screen until %(due)s."), _PAGE, "eye"
    ),
    "loan.offered": Words(
        N_("What slip %(slip)s waits for is free: hand it in by %(until)s."), _PAGE, "hourglass"
    ),
    "loan.item-lost": Words(
        N_("Something that slip %(slip)s waits for is lost. Ask to view it on screen."), _PAGE
    ),
    "loan.due": Words(N_("Slip %(slip)s is due on %(due)s."), _PAGE, "clock"),
    "loan.overdue": Words(
        N_("Slip %(slip)s was due on %(due)s and is %(days)s days late. Please bring everything back."),
        _PAGE,
        "alert-triangle",
    ),
    "loan.overdue-here": Words(
        N_("Slip %(slip)s, lent by the centre, was due on %(due)s and is %(days)s days late."),
        _PAGE,
        "alert-triangle",
    ),
    "loan.suspected-lost": Words(
        N_("Slip %(slip)s is so late that it must be taken for lost. Please say whether it is."),
        _PAGE,
        "alert-triangle",
    ),
    "loan.chased": Words(
        N_("The archive asks for slip %(slip)s back: it was due on %(due)s, %(days)s days ago."),
        _PAGE,
        "bell",
    ),
    "loan.renewed": Words(N_("Slip %(slip)s was renewed: it is due on %(due)s now."), _PAGE, "circle-check"),
    "loan.renewal-refused": Words(
        N_("Slip %(slip)s was not renewed: it is still due on %(due)s."), _PAGE, "circle-x"
    ),
}
