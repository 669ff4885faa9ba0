"""Owners, tenants and the like: who they are, what they hold of a unit, what of it is shown.

Source: domain/metadata.md §3, §7.
"""

import re
import uuid
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Final, NewType

from archive_service.kernel.errors import N_, Invalid
from archive_service.kernel.masking import STAR, mask
from archive_service.premises.rules.units import clean_text, plain

PartyId = NewType("PartyId", int)
OccupancyId = NewType("OccupancyId", int)
WHOLE: Final = 10_000
"""Shares are counted in hundredths of a percent."""


class PartyKind(StrEnum):
    PERSON = "person"
    COMPANY = "company"


PARTY_KIND_NAMES: Final = {PartyKind.PERSON: N_("Person"), PartyKind.COMPANY: N_("Company")}


class IdType(StrEnum):
    NONE = ""
    ID_CARD = "id_card"
    PASSPORT = "passport"
    HK_MACAO = "hk_macao"
    TAIWAN = "taiwan"
    CREDIT_CODE = "credit_code"


ID_TYPE_NAMES: Final = {
    IdType.NONE: N_("Not told"),
    IdType.ID_CARD: N_("Resident identity card"),
    IdType.PASSPORT: N_("Passport"),
    IdType.HK_MACAO: N_("Permit for residents of Hong Kong and Macao"),
    IdType.TAIWAN: N_("Permit for residents of Taiwan"),
    IdType.CREDIT_CODE: N_("Unified social credit code"),
}


class OccupancyRole(StrEnum):
    OWNER = "owner"
    CO_OWNER = "co_owner"
    TENANT = "tenant"
    USER = "user"
    AGENT = "agent"


OCCUPANCY_NAMES: Final = {
    OccupancyRole.OWNER: N_("Owner"),
    OccupancyRole.CO_OWNER: N_("Co-owner"),
    OccupancyRole.TENANT: N_("Tenant"),
    OccupancyRole.USER: N_("Occupant"),
    OccupancyRole.AGENT: N_("Agent"),
}
OWNING: Final = frozenset({OccupancyRole.OWNER, OccupancyRole.CO_OWNER})

_MOBILE: Final = re.compile(r"1[0-9]{10}")
_PHONE: Final = re.compile(r"\+?[0-9]{5,20}")
_ID_NO: Final = re.compile(r"[0-9A-Z]{5,30}")
_WEIGHTS: Final = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_LENGTHS: Final = {"name": 120, "mail_address": 200}


@dataclass(frozen=True, slots=True, kw_only=True)
class NewOccupancy:
    """What a party is to a unit from ``since`` on. ``until``: the first day on which it no longer is, if known;
    ``share``: of owners, in hundredths of a percent. The paper that shows it, or a note of where it is known from."""

    unit_id: int
    party_id: int
    role: OccupancyRole
    since: date
    until: date | None = None
    share: int | None = None
    document_id: uuid.UUID | None = None
    source_note: str = ""


class BadPhone(Invalid):
    code = "premises.bad-phone"
    message = N_("A telephone number has digits only, 11 of them for a mobile.")


class BadIdNumber(Invalid):
    code = "premises.bad-id-number"
    message = N_("The number of an identity paper has 5 to 30 letters and digits and nothing else.")


class NeedsIdNumber(BadIdNumber):
    message = N_("Please fill in the number of the identity paper, or choose “Not told” as its kind.")


class NeedsIdType(BadIdNumber):
    message = N_("Please choose the kind of identity paper that this number is of.")


class BadShare(Invalid):
    code = "premises.bad-share"
    message = N_("A share is a percentage such as 50 or 33.33, or a fraction such as 1/3.")


class BadPartyField(Invalid):
    code = "premises.bad-party-field"
    message = N_("Please fill this in.")


class TooLongHere(Invalid):
    code = "premises.too-long"
    message = N_("At most %(most)s characters fit here.")


@dataclass(frozen=True, slots=True)
class PartyFacts:
    """What a person tells of somebody, cleaned and in clear: never to be logged."""

    kind: PartyKind
    name: str
    id_type: IdType = IdType.NONE
    id_no: str = ""
    mobile: str = ""
    mobile_2: str = ""
    mail_address: str = ""

    def __repr__(self) -> str:
        return f"PartyFacts({self.kind})"  # errors and logs show no more of it


PARTY_FIELDS: Final = ("kind", "name", "id_type", "id_no", "mobile", "mobile_2", "mail_address")
PROVEN: Final = frozenset({"kind", "name", "id_type", "id_no"})
"""What changes only with a paper that shows it. Source: domain/workflows.md §4."""


def read_party(told: dict[str, str]) -> tuple[PartyFacts | None, list[Invalid]]:
    """What somebody typed, and everything that is wrong with it; the facts only if nothing is."""
    problems: list[Invalid] = []
    kind_text, type_text = told.get("kind", ""), told.get("id_type", "")
    if kind_text not in set(PartyKind):
        problems.append(BadPartyField(field="kind"))
    if type_text not in set(IdType):
        problems.append(BadPartyField(field="id_type"))
    texts: dict[str, str] = {}
    for name, most in _LENGTHS.items():
        text = clean_text("", told.get(name, "")[:2000]) if len(told.get(name, "")) <= 255 else ""
        if len(told.get(name, "")) > most:
            problems.append(TooLongHere(field=name, most=most))
        texts[name] = text
    if not texts["name"] and not any(p.facts["field"] == "name" for p in problems):
        problems.append(BadPartyField(field="name"))
    for name in ("mobile", "mobile_2"):
        texts[name] = phone(told.get(name, ""))
        looks_mobile = texts[name].startswith("1") and len(texts[name]) > 8
        if texts[name] and not (_MOBILE if looks_mobile else _PHONE).fullmatch(texts[name]):
            problems.append(BadPhone(field=name))
    number = id_number(told.get("id_no", ""))
    if number and not _ID_NO.fullmatch(number):
        problems.append(BadIdNumber(field="id_no"))
    elif type_text and not number:
        problems.append(NeedsIdNumber(field="id_no"))
    elif number and not type_text:
        problems.append(NeedsIdType(field="id_type"))
    if problems:
        return None, problems
    return PartyFacts(PartyKind(kind_text), id_type=IdType(type_text), id_no=number, **texts), []


def id_number(text: str) -> str:
    """As it is kept and looked for: half-width capitals and digits."""
    return "".join(char for char in plain(text).upper() if char not in " -·.")


def phone(text: str) -> str:
    """As it is kept and looked for: digits, without the country's own prefix."""
    digits = "".join(char for char in plain(text) if char not in " -()/.")
    for prefix in ("+86", "0086"):
        digits = digits.removeprefix(prefix)
    return digits[2:] if re.fullmatch(r"861[0-9]{10}", digits) else digits


def has_digits(text: str) -> bool:
    """Whether somebody is looked for by a number. Papers whose number has no digit at all are not issued."""
    return any(char.isdigit() for char in plain(text))


def id_card_doubtful(number: str) -> bool:
    """Whether an identity card's number has a wrong length, day or check digit: told, never refused, for old papers
    have errors. Source: GB 11643, ISO 7064 MOD 11-2."""
    if re.fullmatch(r"[0-9]{15}", number):
        return False
    if not re.fullmatch(r"[0-9]{17}[0-9X]", number):
        return True
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return True
    rest = sum(int(digit) * weight for digit, weight in zip(number, _WEIGHTS, strict=False)) % 11
    return number[17] != "10X98765432"[rest]


def share(text: str) -> int | None:
    """In hundredths of a percent, rounded down; None for nothing: joint ownership without shares. Raises BadShare."""
    text = plain(text).replace(" ", "")
    if not text:
        return None
    if found := re.fullmatch(r"([0-9]{1,4})/([0-9]{1,4})", text):
        value = WHOLE * int(found[1]) // int(found[2]) if int(found[2]) else 0
    elif found := re.fullmatch(r"([0-9]{1,3})(?:\.([0-9]{1,2}))?%?", text):
        value = int(found[1]) * 100 + int((found[2] or "0").ljust(2, "0"))
    else:
        raise BadShare(field="share")
    if not 0 < value <= WHOLE:
        raise BadShare(field="share")
    return value


def share_text(value: int | None) -> str:
    """``50%``, ``33.33%``; nothing for None."""
    if value is None:
        return ""
    return f"{value // 100}%" if value % 100 == 0 else f"{value // 100}.{value % 100:02}%"


def masked_name(kind: PartyKind, name: str) -> str:
    """``张*``, ``张*例``; a company's name is nobody's secret."""
    if kind is PartyKind.COMPANY:
        return mask(name)
    return name[:1] + STAR * max(1, len(name) - 2) + (name[-1] if len(name) > 2 else "")


def masked_id(id_type: IdType, number: str) -> str:
    """``110***********001X``; of other papers the first and the last two characters."""
    if id_type is IdType.CREDIT_CODE:
        return number
    if id_type is IdType.ID_CARD:
        label = "身份证："
        masked = mask(label + number)[len(label) :]
        if masked != number:
            return masked
    return number[:1] + STAR * max(1, len(number) - 3) + number[-2:] if number else ""


def masked_phone(number: str) -> str:
    """``138****0000``; a landline's last two digits."""
    if not number:
        return ""
    label = "电话："
    masked = mask(label + number)[len(label) :]
    return masked if masked != number else STAR * (len(number) - 2) + number[-2:]


def masked_address(address: str) -> str:
    """Down to the street; where somebody lives is not shown."""
    return address[:6] + "***" if address else ""
