"""A table of owners, tenants and others, row by row: who is what to which unit, since when. Pure."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from archive_service.kernel.errors import N_, Invalid
from archive_service.premises.rules import parties
from archive_service.premises.rules.columns import Columns, Problem, Told
from archive_service.premises.rules.parties import (
    OWNING,
    WHOLE,
    IdType,
    OccupancyRole,
    PartyFacts,
    PartyKind,
    masked_name,
    read_party,
)
from archive_service.premises.rules.tables import Table, as_workbook
from archive_service.premises.rules.units import day, plain

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "project": ("项目", "project", "项目号", "全宗号", "项目名称"),
    "unit": ("房屋", "unit", "房号", "铺号", "车位号", "房间", "单元房号"),
    "role": ("身份", "role", "关系", "类别"),
    "name": ("姓名", "name", "业主", "业主姓名", "名称", "姓名/名称", "客户名称"),
    "kind": ("个人/单位", "kind", "客户类型"),
    "id_type": ("证件类型", "id_type", "证件种类", "证件名称"),
    "id_no": ("证件号码", "id_no", "身份证号", "身份证号码", "证件号", "证件编号"),
    "mobile": ("手机", "mobile", "手机号", "手机号码", "联系电话", "电话"),
    "mobile_2": ("备用电话", "mobile_2", "电话2", "其他电话"),
    "mail_address": ("通讯地址", "mail_address", "联系地址", "地址", "邮寄地址"),
    "share": ("份额", "share", "产权份额", "占比"),
    "since": ("起始日期", "since", "开始日期", "收楼日期", "入住日期", "租赁开始日期", "登记日期"),
    "note": ("依据", "source", "来源", "资料来源"),
}
"""Each column with its headings; the first is the template's, the second a program's."""
NEEDED: Final = ("unit", "name")
EXAMPLES: Final = (
    ("WY01", "3-2-1201", "业主", "张示例", "个人", "居民身份证", "", "13900000000", "", "", "50%", "2026-03-08", "购房合同"),
    ("WY01", "3栋2单元1201", "共有人", "李示例", "个人", "", "", "", "", "", "50%", "2026-03-08", "购房合同"),
    ("WY01", "A区108号", "租户", "示例商贸有限公司", "单位", "", "", "", "", "", "", "2026-06-01", "租赁合同"),
)  # fmt: skip

ROLES: Final[Mapping[str, OccupancyRole]] = {
    "业主": OccupancyRole.OWNER,
    "产权人": OccupancyRole.OWNER,
    "共有人": OccupancyRole.CO_OWNER,
    "租户": OccupancyRole.TENANT,
    "承租人": OccupancyRole.TENANT,
    "商户": OccupancyRole.TENANT,
    "使用人": OccupancyRole.USER,
    "住户": OccupancyRole.USER,
    "代理人": OccupancyRole.AGENT,
} | {role.value: role for role in OccupancyRole}
KINDS: Final[Mapping[str, PartyKind]] = {
    "个人": PartyKind.PERSON,
    "自然人": PartyKind.PERSON,
    "单位": PartyKind.COMPANY,
    "公司": PartyKind.COMPANY,
    "企业": PartyKind.COMPANY,
} | {kind.value: kind for kind in PartyKind}
ID_TYPES: Final[Mapping[str, IdType]] = {
    "居民身份证": IdType.ID_CARD,
    "身份证": IdType.ID_CARD,
    "护照": IdType.PASSPORT,
    "港澳居民来往内地通行证": IdType.HK_MACAO,
    "港澳通行证": IdType.HK_MACAO,
    "回乡证": IdType.HK_MACAO,
    "台湾居民来往大陆通行证": IdType.TAIWAN,
    "台胞证": IdType.TAIWAN,
    "统一社会信用代码": IdType.CREDIT_CODE,
    "营业执照": IdType.CREDIT_CODE,
} | {kind.value: kind for kind in IdType if kind}

_BETWEEN_NAMES: Final = re.compile(r"([、，,;；/\s]+)")
_COMPANY: Final = re.compile(r"公司|集团|合作社|事务所|中心$|商行$|门店$|酒店$|银行$|委员会$")
_ID_CARD: Final = re.compile(r"[0-9]{17}[0-9X]|[0-9]{15}")
_CREDIT_CODE: Final = re.compile(r"[0-9A-Z]{18}")


class BadRole(Invalid):
    code = "premises.bad-role"
    message = N_("“%(value)s” is not one of owner, co-owner, tenant, occupant, agent.")


class BadPartyKind(Invalid):
    code = "premises.bad-party-kind"
    message = N_("“%(value)s” is neither a person nor a company.")


class BadIdType(Invalid):
    code = "premises.bad-id-type"
    message = N_("“%(value)s” is no identity paper that is kept here.")


class NoUnit(Invalid):
    code = "premises.no-unit-called-so"
    message = N_("There is no open unit with this name.")


class ManyUnits(Invalid):
    code = "premises.many-units-called-so"
    message = N_("Several units are called so: %(names)s. Write building, entrance and room.")


class TwiceHeld(Invalid):
    code = "premises.twice-held"
    message = N_("The same person stands in row %(row)s with this unit already.")


class SharesDontFit(Invalid):
    code = "premises.shares-dont-fit"
    message = N_(
        "With this row the owners of the unit have more than the whole, or some a share and others none."
    )


class NeedsTransfer(Invalid):
    code = "premises.needs-transfer"
    message = N_(
        "This unit has another owner already. If the title has passed on, carry out the title transfer on the unit's page; "
        "an owner in common is entered as co-owner, with a share that fits if the others have one."
    )


class DoubtfulId(Invalid):
    """No refusal: a warning."""

    code = "premises.doubtful-id"
    message = N_("The identity card's number does not check out. It comes in as written; please compare it.")


class KnownOtherwise(Invalid):
    code = "premises.known-otherwise"
    message = N_(
        "This person is known already, and something in this row differs from that. Change it on their own page."
    )


class NeedsSince(Invalid):
    code = "premises.needs-since"
    message = N_("Since when? The day when the unit was handed over is not known either.")


@dataclass(frozen=True, slots=True)
class Holder:
    """One row: who is what to a unit. ``since`` None: since the unit was handed over."""

    row: int
    project: str
    unit: str
    role: OccupancyRole
    facts: PartyFacts
    share: int | None
    since: date | None
    note: str


@dataclass(frozen=True, slots=True)
class Holders:
    """``doubtful``: numbers of identity cards that come in as written, though something is wrong with them."""

    rows: tuple[Holder, ...]
    told: Told
    doubtful: tuple[Problem, ...] = ()


def plan(table: Table) -> Holders:
    """Every row of the table, and everything that is wrong with the others. Raises MissingColumns, TwiceColumn."""
    told = Columns(COLUMNS, NEEDED).read(table)
    rows: list[Holder] = []
    problems: list[Problem] = list(told.problems)
    for row in told.rows:
        holder, wrong = _holder(row.number, row.told)
        problems += [told.problem(row.number, error, "name") for error in wrong]
        if holder is not None:
            rows.append(holder)
    doubtful = tuple(
        told.problem(one.row, DoubtfulId(field="id_no"), "id_no")
        for one in rows
        if one.facts.id_type is IdType.ID_CARD and parties.id_card_doubtful(one.facts.id_no)
    )
    return Holders(tuple(rows), replace(told, problems=tuple(problems)), doubtful)


def _holder(number: int, told: Mapping[str, str]) -> tuple[Holder | None, list[Invalid]]:
    problems: list[Invalid] = []
    role = ROLES.get(plain(told.get("role", "业主")).lower())
    if role is None:
        problems.append(BadRole(field="role", value=told["role"][:20]))
    typed = {name: told.get(name, "") for name in parties.PARTY_FIELDS}
    typed["kind"], typed["id_type"], wrong = _kinds(told)
    problems += wrong
    facts, unread = read_party(typed)
    # Of a number without its kind the kind is what people are told of, once.
    problems += [e for e in unread if not (wrong and e.facts.get("field") in {"kind", "id_type", "id_no"})]
    try:
        part = parties.share(told.get("share", ""))
    except Invalid as error:
        part = None
        problems.append(error)
    try:
        since = day("since", told.get("since", ""))
    except Invalid as error:
        since = None
        problems.append(error)
    if part is not None and role is not None and role not in OWNING:
        problems.append(parties.BadShare(field="share"))
    if problems or facts is None or role is None:
        return None, problems
    project = plain(told.get("project", ""))
    return Holder(number, project, told["unit"], role, facts, part, since, told.get("note", "")), []


def _kinds(told: Mapping[str, str]) -> tuple[str, str, list[Invalid]]:
    """Person or company, and the kind of identity paper, as told or as the name and the number show."""
    problems: list[Invalid] = []
    kind_text, type_text = (plain(told.get(name, "")).lower() for name in ("kind", "id_type"))
    guessed = _kind_of(told.get("name", ""))
    kind = KINDS.get(kind_text) if kind_text else guessed
    if kind is None:
        problems.append(BadPartyKind(field="kind", value=kind_text[:20]))
    number = parties.id_number(told.get("id_no", ""))
    id_type: IdType | None = IdType.NONE
    if number and type_text:
        id_type = ID_TYPES.get(type_text)
    elif number and _ID_CARD.fullmatch(number):
        id_type = IdType.ID_CARD
    elif number and kind is PartyKind.COMPANY and _CREDIT_CODE.fullmatch(number):
        id_type = IdType.CREDIT_CODE
    elif number:
        id_type = None
    if id_type is None:
        problems.append(BadIdType(field="id_type", value=type_text[:20]))
    return str(kind or guessed), str(id_type or ""), problems


@dataclass(frozen=True, slots=True)
class Share:
    """What an owner has of a unit, from a day to a day (the first on which it no longer holds)."""

    share: int | None
    valid_from: date
    valid_to: date | None = None

    def holds_on(self, on: date) -> bool:
        return self.valid_from <= on and (self.valid_to is None or on < self.valid_to)


def shares_fit(shares: Iterable[Share]) -> bool:
    """Whether on no day the owners have more than the whole, or some a share and others none."""
    all_of = [share for share in shares if share.valid_to is None or share.valid_to > share.valid_from]
    for begins in {share.valid_from for share in all_of}:
        live = [share.share for share in all_of if share.holds_on(begins)]
        told = [part for part in live if part is not None]
        if (told and len(told) < len(live)) or sum(told) > WHOLE:
            return False
    return True


def another_owner(owned: Iterable[Share], mine: Share, role: OccupancyRole) -> bool:
    """Whether the unit is somebody else's on a day when it would be mine: beside them there is no room for a share, or
    an owner without one is told where there is one already."""
    ends = mine.valid_to or date.max
    standing = [
        one for one in owned if max(one.valid_from, mine.valid_from) < min(one.valid_to or date.max, ends)
    ]
    if not standing:
        return False
    return (role is OccupancyRole.OWNER and mine.share is None) or not shares_fit([*standing, mine])


def template() -> bytes:
    """The workbook to fill in: the headings, and rows that show how."""
    headings = [headings[0] for headings in COLUMNS.values()]
    return as_workbook("业主与租户", [headings, *EXAMPLES], [14] * len(headings))


def covered_names(text: str) -> str:
    """Names as a paper's owner is written, each of them ``张*`` or ``张*例``; a company's stays. Source:
    domain/metadata.md §7."""
    return "".join(
        part if at % 2 or not part else masked_name(_kind_of(part), part)
        for at, part in enumerate(_BETWEEN_NAMES.split(text))
    )


def _kind_of(name: str) -> PartyKind:
    return PartyKind.COMPANY if _COMPANY.search(name) else PartyKind.PERSON
