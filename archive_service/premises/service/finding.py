"""Somebody is looked for at the counter: by name as often as work needs, by whole numbers as long as they are right."""

from archive_service.kernel.actor import Permission
from archive_service.premises.queries.parties import PartyRow, parties_found
from archive_service.premises.rules.parties import has_digits
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.service.guesses import MOST_WRONG, TooManyGuesses, my_tries, stand_in_line
from archive_service.unit_of_work import UnitOfWork

_SEARCHED = "parties.searched"


def find_parties(work: UnitOfWork, seal: Seal, text: str) -> list[PartyRow]:
    """Those whose name begins so, or who have exactly this number. That a number was looked for is on record, the
    number itself is not. Raises Forbidden, TooManyGuesses."""
    work.actor.must(Permission.SEE_PARTIES)
    if not has_digits(text):
        return parties_found(work.session, seal, text)
    stand_in_line(work)
    if sum(row.facts.get("found") == 0 for row in my_tries(work, "parties", _SEARCHED)) >= MOST_WRONG:
        raise TooManyGuesses()
    found = parties_found(work.session, seal, text)
    work.audit(_SEARCHED, "parties", found=len(found))
    return found
