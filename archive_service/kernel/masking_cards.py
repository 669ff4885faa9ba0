"""Which runs of a plain text are numbers of bank cards and accounts; they are told by their labels only.

Source: domain/metadata.md §7.
"""

import re
from collections.abc import Iterator
from typing import Final

from archive_service.kernel.masking_writing import (
    CREDIT_CODE_LABEL,
    GAP,
    LISTED,
    MARKED,
    SEPARATORS,
    Number,
    goes_on_before,
    groups_of,
    is_labelled,
    listed_behind,
    of_a_paper,
)

_CARD: Final = re.compile(rf"\d(?<!\d\d)(?:{GAP}\d){{11,18}}(?!\d)")
_CARD_MARKED: Final = tuple(
    re.compile(rf"\d(?<!\d\d)(?:{mark}\d){{11,18}}(?!\d)") for mark in (MARKED, LISTED)
)
CARD_LABEL: Final = re.compile(r"银行卡|卡\s?号|[账帐]\s?号|[账帐]户|储蓄卡|信用卡|工资卡|存折|开户")
# Behind a name any number may stand: a card's only if it is long and nothing else claims it, or a
# UnionPay card's in fours.
_HOLDER_LABEL: Final = re.compile("户名|收款人")
_CARD_OF_HOLDER: Final = re.compile(
    rf"(?:(?!\d{{17}}[\dXx](?![\dXx]))[3-9]\d{{15,18}}|62\d\d(?:{GAP}\d{{4}}){{3}}(?:{GAP}\d{{1,3}})?)(?![\dXx])"
)


def bank_cards(plain: str) -> Iterator[Number]:
    """Cards and accounts behind their labels; behind a holder's name only what is plainly a card."""
    yield from listed_behind(plain, CARD_LABEL, labelled_card)
    yield from listed_behind(plain, _HOLDER_LABEL, _card_of_holder)


def labelled_card(plain: str, start: int, _listed: bool) -> Number | None:
    """The card or account that begins at ``start``, if one does."""
    if found := _CARD.match(plain, start):
        return Number(start, found.end(), head=0, tail=4)
    found = next((found for pattern in _CARD_MARKED if (found := pattern.match(plain, start))), None)
    if found is None:
        return None
    groups, marks = groups_of(found[0])
    # Dates and amounts have groups of two or one, addresses of machines begin with three digits at most.
    fours = len(groups) > 2 and set(groups[:-1]) == {4}
    if len(marks) > 1 or not (fours or (groups[0] >= 4 and min(groups) >= 3)):
        return None
    # Amounts of four digits stand in lists; UnionPay's cards begin with 62.
    if marks and marks in SEPARATORS and not (fours and found[0].startswith("62")):
        return None
    return Number(start, found.end(), head=0, tail=4)


def _card_of_holder(plain: str, start: int, _listed: bool) -> Number | None:
    found = _CARD_OF_HOLDER.match(plain, start)
    if (
        found is None
        or of_a_paper(plain, start)
        or goes_on_before(plain, start, ".,")
        or is_labelled(plain, start, CREDIT_CODE_LABEL)
    ):
        return None
    return Number(start, found.end(), head=0, tail=4)
