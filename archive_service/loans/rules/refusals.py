"""What is refused, in words, with the way on. Pure."""

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid


class NoItems(Invalid):
    code = "loans.no-items"
    message = N_("Please name what is to be lent, at most %(most)s papers or case files on one slip.")


class ItemTwice(Invalid):
    code = "loans.item-twice"
    message = N_("The same paper stands on the slip twice, or beside the case file that holds it.")


class NotFiled(Invalid):
    code = "loans.not-filed"
    message = N_("Only filed papers and case files are lent. File it first, or ask the archivist.")


class UnknownItem(Invalid):
    code = "loans.unknown-item"
    message = N_(
        "No filed paper or case file is called “%(typed)s”, or you may not see it. Compare it with the label, or take the "
        "line away."
    )


class ItemLost(Conflict):
    code = "loans.item-lost"
    message = N_(
        "%(number)s is lost and stands in the inventory with a note only. Ask to view it on screen instead."
    )


class UnderRepair(Conflict):
    code = "loans.under-repair"
    message = N_(
        "%(number)s is being repaired or made complete. Ask to view it on screen, or again when that is done."
    )


class KeptFromLending(Conflict):
    code = "loans.kept"
    message = N_(
        "%(number)s is on hold (%(hold)s) and is not lent meanwhile. Ask the archivist about the hold."
    )


class HeldAtTheArchive(Conflict):
    code = "loans.held"
    message = N_(
        "%(number)s is on hold (%(hold)s) and does not leave the archive. Ask to read it here instead."
    )


class MarkedSecret(Conflict):
    code = "loans.state-secret"
    message = N_(
        "%(number)s bears the mark of a state secret and is lent to nobody. Tell the head of archives."
    )


class NotOnPaper(Invalid):
    code = "loans.not-on-paper"
    message = N_("%(number)s exists only on screen. Choose to view it on screen.")


class UseNotAllowed(Invalid):
    code = "loans.use-not-allowed"
    message = N_("%(number)s is not lent in this way. Choose another way of using it.")


class OriginalStays(Invalid):
    code = "loans.original-stays"
    message = N_("The original of %(number)s never leaves the archive. Ask for a copy, or read it here.")


class TooManyDays(Invalid):
    code = "loans.too-many-days"
    message = N_(
        "These papers are lent for %(most)s days at most. Ask for a renewal later if you need longer."
    )


class DateInThePast(Invalid):
    code = "loans.past"
    message = N_("This day is over. Choose today or a later day.")


class NeedsPurpose(Invalid):
    code = "loans.needs-purpose"
    message = N_("Please say in a few words what it is for.")


class TextTooLong(Invalid):
    code = "loans.too-long"
    message = N_("At most %(most)s characters fit here.")


class NeedsLegalBasis(Invalid):
    code = "loans.needs-legal-basis"
    message = N_(
        "An original goes outside only where the law asks for it: name the provision. Otherwise give a certified copy."
    )


class NeedsUnmaskReason(Invalid):
    code = "loans.needs-unmask-reason"
    message = N_("Please say why the personal data must be seen.")


class NeedsUndertaking(Invalid):
    code = "loans.needs-undertaking"
    message = N_("Please read the undertaking and accept it; it was changed if you did so before.")


class NeedsOutside(Invalid):
    code = "loans.needs-outside"
    message = N_(
        "Please enter the organisation, the person, the number of their identity card and how to reach them."
    )


class NeedsLetter(Invalid):
    code = "loans.needs-letter"
    message = N_("An outside organisation needs a letter of introduction: enter its number.")


class NeedsIdentityCheck(Invalid):
    code = "loans.needs-identity-check"
    message = N_("Look at the person's identity card first and say that you did.")


class NotOwnPapers(Forbidden):
    code = "loans.not-own-papers"
    message = N_(
        "Owners are shown papers about units they own now, and nothing else. Take the other papers off the slip."
    )


class BorrowerLeft(Conflict):
    code = "loans.borrower-left"
    message = N_("This person's account is closed, so nothing is lent to them. Their loans must come back.")


class BorrowerOverdue(Conflict):
    code = "loans.borrower-overdue"
    message = N_("Slip %(slip)s is overdue. Bring it back first; then the next loan goes through.")


class BorrowerOwesLost(Conflict):
    code = "loans.borrower-owes-lost"
    message = N_("What was lost on slip %(slip)s is not settled yet. Settle it with the archivist first.")


class NotYours(Forbidden):
    code = "loans.not-yours"
    message = N_("Only who asked for this loan may do this.")


class OwnLoan(Forbidden):
    code = "loans.own-loan"
    message = N_("This is your own loan, so somebody else must hand it out, take it back and check it.")


class WrongStep(Conflict):
    code = "loans.wrong-step"
    message = N_("The slip is at another step now. Look at it again to see what can be done.")


class LoanMoved(Conflict):
    code = "loans.moved"
    message = N_("Somebody else changed this slip in the meantime. Please look at it again.")


class ForeignItem(Invalid):
    code = "loans.foreign-item"
    message = N_("This does not stand on the slip. Put it aside and scan what does.")


class ItemsLeft(Invalid):
    code = "loans.items-left"
    message = N_("Not every item was told: %(left)s are left. Scan or count them too.")


class PageCountDiffers(Invalid):
    code = "loans.page-count"
    message = N_(
        "%(number)s has %(expected)s pages, counted were %(counted)s. Count again, or say what is missing."
    )


class NeedsCopies(Invalid):
    code = "loans.needs-copies"
    message = N_("Enter how many copies were made, 1 to %(most)s.")


class RenewalTooLate(Conflict):
    code = "loans.renewal-too-late"
    message = N_("A renewal is asked for before the due day. Bring it back, then ask for it anew.")


class RenewalQueued(Conflict):
    code = "loans.renewal-queued"
    message = N_("Somebody waits for it, so it can't be renewed. Bring it back, then join the queue.")


class NoMoreRenewals(Conflict):
    code = "loans.no-more-renewals"
    message = N_("Such papers are renewed %(most)s times at most. Bring it back, then ask for it anew.")


class ChasedToday(Conflict):
    code = "loans.chased-today"
    message = N_("The borrower was asked for it today already. Try again tomorrow, or call them.")


class NotDueYet(Conflict):
    code = "loans.not-due-yet"
    message = N_("It is not overdue, so nobody is asked for it yet.")


class RemedyOutOfOrder(Conflict):
    code = "loans.remedy-order"
    message = N_(
        "First the borrower's statement, then making it again, then compensation, then the note in the inventory."
    )


class NeedsSource(Invalid):
    code = "loans.needs-source"
    message = N_("Say where the replacement comes from, and which filed paper it is if it was filed.")


class BadAmount(Invalid):
    code = "loans.bad-amount"
    message = N_("Enter the amount in yuan with at most two decimals, 0 for none.")


class RuleMoved(Conflict):
    code = "loans.rule-moved"
    message = N_("Somebody else changed this rule in the meantime. Please look at it again.")


class WrongRule(Invalid):
    code = "loans.wrong-rule"
    message = N_(
        "Days are 1 to 365, renewals 0 to 12 and with days of their own, and at least one use must be allowed."
    )


class RuleNeedsReason(Invalid):
    code = "loans.rule-needs-reason"
    message = N_("Please say in a few words why.")


class RuleUnchanged(Invalid):
    code = "loans.rule-unchanged"
    message = N_("The rule is like this already.")


class TooManyPhotos(Invalid):
    code = "loans.too-many-photos"
    message = N_("At most %(most)s photos of one item.")
