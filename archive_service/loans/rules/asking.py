"""What somebody asks for, as it comes in. Pure."""

import uuid
from dataclasses import dataclass
from datetime import date

from archive_service.kernel.errors import Invalid
from archive_service.loans.rules import (
    LONGEST_TEXT,
    MOST_ITEMS,
    BorrowerKind,
    Condition,
    ItemForm,
    LoanItemId,
    Outcome,
    Purpose,
    UseMode,
)
from archive_service.loans.rules.refusals import (
    DateInThePast,
    ItemTwice,
    NeedsIdentityCheck,
    NeedsLetter,
    NeedsOutside,
    NeedsPurpose,
    NoItems,
    TextTooLong,
)


@dataclass(frozen=True, slots=True)
class AskedItem:
    """A paper or a whole case file: one of the two. ``form``: the thing on the shelf, or a copy of it."""

    document_id: uuid.UUID | None = None
    case_file_id: int | None = None
    form: ItemForm = ItemForm.ORIGINAL

    def __post_init__(self) -> None:
        if (self.document_id is None) == (self.case_file_id is None):
            raise ValueError("an item is a paper or a case file")


@dataclass(frozen=True, slots=True)
class Outsider:
    """Somebody from outside, as they stand at the counter. ``organisation``: "" of an owner. ``id_type``: as premises
    call them. ``id_checked``: whoever enters it saw the card."""

    person: str
    id_type: str
    id_no: str
    contact: str
    id_checked: bool
    organisation: str = ""
    letter_no: str = ""
    legal_basis: str = ""


@dataclass(frozen=True, slots=True)
class Asked:
    """A form (文件借阅申请表). ``days``: from the day of issue; or ``until`` a day, seen from today."""

    items: tuple[AskedItem, ...]
    purpose: Purpose
    use: UseMode
    purpose_text: str = ""
    days: int = 0
    until: date | None = None
    borrower: BorrowerKind = BorrowerKind.USER
    party_id: int | None = None  # the owner
    outsider: Outsider | None = None
    unmasked: bool = False
    unmask_reason: str = ""
    remarks: str = ""


@dataclass(frozen=True, slots=True)
class Handed:
    """One item as it goes out. ``pages``: as counted. ``copies``: of those that are given away."""

    item_id: LoanItemId
    pages: int
    condition: Condition = Condition.GOOD
    note: str = ""
    copies: int = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One item as the check found it. ``outcome``: WHOLE is refused where fewer pages came back than went out."""

    item_id: LoanItemId
    outcome: Outcome
    pages: int
    condition: Condition = Condition.GOOD
    note: str = ""


def clean(text: str, field: str, most: int = LONGEST_TEXT) -> str:
    """One line without odd blanks. Raises TextTooLong."""
    plain = " ".join(text.replace("\0", "").split())
    if len(plain) > most:
        raise TextTooLong(field=field, most=most)
    return plain


def checked(asked: Asked, today: date) -> Asked:
    """What can be said of a form by itself. Raises NoItems, ItemTwice, NeedsPurpose, DateInThePast, NeedsOutside,
    NeedsLetter, NeedsIdentityCheck, TextTooLong."""
    if not 1 <= len(asked.items) <= MOST_ITEMS:
        raise NoItems(field="items", most=MOST_ITEMS)
    if len({(i.document_id, i.case_file_id) for i in asked.items}) < len(asked.items):
        raise ItemTwice(field="items")
    if asked.purpose is Purpose.OTHER and not asked.purpose_text.strip():
        raise NeedsPurpose(field="purpose_text")
    if asked.until is not None and asked.until < today:
        raise DateInThePast(field="until")
    if asked.until is None and asked.days < 1:
        raise DateInThePast(field="days")
    clean(asked.purpose_text, "purpose_text")
    clean(asked.remarks, "remarks")
    clean(asked.unmask_reason, "unmask_reason", 255)
    _check_outsider(asked)
    return asked


def _check_outsider(asked: Asked) -> None:
    one = asked.outsider
    if asked.borrower is BorrowerKind.USER:
        if one is not None or asked.party_id is not None:
            raise Invalid(field="borrower")
        return
    if one is None or not one.id_checked:
        raise NeedsIdentityCheck(field="id_checked")
    if not (one.person.strip() and one.id_no.strip() and one.contact.strip()):
        raise NeedsOutside(field="person")
    for name, most in (
        ("person", 80),
        ("id_no", 40),
        ("contact", 40),
        ("organisation", 120),
        ("letter_no", 64),
    ):
        clean(getattr(one, name), name, most)
    clean(one.legal_basis, "legal_basis", 255)
    if asked.borrower is BorrowerKind.OWNER:
        if asked.party_id is None or one.organisation:
            raise NeedsOutside(field="party_id")
        return
    if not one.organisation.strip():
        raise NeedsOutside(field="organisation")
    if not one.letter_no.strip():
        raise NeedsLetter(field="letter_no")


def days_of(asked: Asked, today: date) -> int:
    """How many days are asked for; until a day: as if it went out today."""
    if asked.until is None:
        return asked.days
    away = (asked.until - today).days
    return max(1, away if asked.use is UseMode.TAKE_OUT else away + 1)
