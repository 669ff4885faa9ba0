"""Which case of the table a loan is, and what the case allows. Pure. Source: workflows.md §2."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_
from archive_service.kernel.levels import Level
from archive_service.loans.rules import BorrowerKind, ItemForm, UseMode
from archive_service.people.rules.roles import FEE_CLASSES, Role, lies_under

AS_BUILT_CLASSES: Final = ("KJ.02",)


class LoanCase(StrEnum):
    """The strictest first."""

    EXTERNAL_ORIGINAL = "external_original"
    ACCOUNTING = "accounting"
    TAKE_OUT = "take_out"
    INTERNAL_UNMASKED = "internal_unmasked"
    EXTERNAL_COPY = "external_copy"
    AS_BUILT = "as_built"
    INTERNAL_ORIGINAL = "internal_original"
    INTERNAL_MASKED = "internal_masked"
    OWNER_OWN = "owner_own"
    INTERNAL_OPEN = "internal_open"


CASE_NAMES: Final = {
    LoanCase.INTERNAL_OPEN: N_("Within the company: public or internal papers, on screen or as a copy"),
    LoanCase.INTERNAL_MASKED: N_("Within the company: personal or confidential papers on screen, masked"),
    LoanCase.INTERNAL_ORIGINAL: N_("Within the company: the original paper"),
    LoanCase.INTERNAL_UNMASKED: N_("Within the company: sensitive papers, or unmasked"),
    LoanCase.TAKE_OUT: N_("An original leaves the centre"),
    LoanCase.EXTERNAL_COPY: N_("Outside organisation: a certified copy"),
    LoanCase.EXTERNAL_ORIGINAL: N_("Outside organisation: the original, where the law asks for it"),
    LoanCase.ACCOUNTING: N_("Accounting archives"),
    LoanCase.AS_BUILT: N_("As-built drawings"),
    LoanCase.OWNER_OWN: N_("An owner asks for their own file"),
}


@dataclass(frozen=True, slots=True)
class CaseRule:
    """One row of the case table.

    ``days``: the most that may be asked for; ``renewals`` times ``renewal_days`` more. ``masked``: third parties'
    and personal numbers stay covered. ``stamped``: copies bear 与原件一致. ``legal_basis``: the law that asks for it
    must be named. ``reason``: why it must be unmasked must be said. ``own_department_free``: nobody is asked where
    the papers are of the borrower's own department. ``original_stays``: what stands on the shelf never leaves.
    """

    case: LoanCase
    days: int
    renewals: int
    renewal_days: int
    uses: frozenset[UseMode]
    masked: bool = False
    watermark: bool = False
    stamped: bool = False
    legal_basis: bool = False
    reason: bool = False
    own_department_free: bool = False
    original_stays: bool = False


_U = UseMode
_R = Role

SHIPPED: Final[dict[LoanCase, CaseRule]] = {
    rule.case: rule
    for rule in (
        CaseRule(
            LoanCase.INTERNAL_OPEN, 7, 1, 7, frozenset({_U.ELECTRONIC, _U.COPY}), own_department_free=True
        ),
        CaseRule(LoanCase.INTERNAL_MASKED, 3, 0, 0, frozenset({_U.ELECTRONIC}), masked=True, watermark=True),
        CaseRule(LoanCase.INTERNAL_ORIGINAL, 7, 1, 7, frozenset({_U.ON_SITE})),
        CaseRule(LoanCase.INTERNAL_UNMASKED, 1, 0, 0, frozenset({_U.ON_SITE}), reason=True),
        CaseRule(LoanCase.TAKE_OUT, 3, 1, 3, frozenset({_U.TAKE_OUT})),
        CaseRule(LoanCase.EXTERNAL_COPY, 1, 0, 0, frozenset({_U.COPY}), stamped=True),
        CaseRule(LoanCase.EXTERNAL_ORIGINAL, 3, 0, 0, frozenset({_U.ON_SITE, _U.TAKE_OUT}), legal_basis=True),
        CaseRule(LoanCase.ACCOUNTING, 1, 0, 0, frozenset({_U.ON_SITE})),
        CaseRule(
            LoanCase.AS_BUILT,
            5,
            1,
            5,
            frozenset({_U.ON_SITE, _U.COPY, _U.ELECTRONIC, _U.TAKE_OUT}),
            original_stays=True,
        ),
        CaseRule(
            LoanCase.OWNER_OWN, 1, 0, 0, frozenset({_U.ON_SITE, _U.COPY}), masked=True, original_stays=True
        ),
    )
}
"""What the service ships; what holds stands in the table, where it may be changed with a reason. A copy that is given
away needs no days: 1 stands for the day itself."""

SHIPPED_CHAINS: Final[dict[LoanCase, tuple[Role, ...]]] = {
    LoanCase.INTERNAL_OPEN: (_R.SC_MANAGER,),
    LoanCase.INTERNAL_MASKED: (_R.SC_MANAGER, _R.ARCHIVIST),
    LoanCase.INTERNAL_ORIGINAL: (_R.SC_MANAGER, _R.ARCHIVE_HEAD),
    LoanCase.INTERNAL_UNMASKED: (_R.SC_MANAGER, _R.PI_OFFICER),
    LoanCase.TAKE_OUT: (_R.SC_MANAGER, _R.ARCHIVE_HEAD, _R.COMPANY_LEADER),
    LoanCase.EXTERNAL_COPY: (_R.ARCHIVE_HEAD, _R.COMPANY_LEADER),
    LoanCase.EXTERNAL_ORIGINAL: (_R.COMPANY_LEADER,),
    LoanCase.ACCOUNTING: (_R.FINANCE, _R.COMPANY_LEADER),
    LoanCase.AS_BUILT: (_R.SC_MANAGER, _R.ARCHIVE_HEAD),
    LoanCase.OWNER_OWN: (_R.ARCHIVIST,),
}
"""Who decides, in this order; from then on ``approvals`` keeps it. The head of a department is the manager of the
centre, that of finance is finance. Of as-built drawings §2 names nobody: as for any original paper."""

DEPARTMENT_ROLES: Final = frozenset({_R.SC_MANAGER, _R.FINANCE})
ARCHIVE_ROLES: Final = frozenset({_R.ARCHIVIST, _R.ARCHIVE_HEAD, _R.PI_OFFICER})
_CHAIN_ORDER: Final = (
    _R.SC_MANAGER,
    _R.FINANCE,
    _R.ARCHIVIST,
    _R.ARCHIVE_HEAD,
    _R.PI_OFFICER,
    _R.COMPANY_LEADER,
)

DEPARTMENT_OF: Final[dict[Role, str]] = {
    _R.FRONT_DESK: "KF",
    _R.ENGINEERING: "GC",
    _R.FINANCE: "CW",
    _R.CASHIER: "CW",
}
"""Which department a role works in, as by-item archival numbers carry it."""


@dataclass(frozen=True, slots=True)
class ItemFacts:
    """What the case hangs on, of one item. ``dept``: "" where its number carries none. ``on_paper``: something stands
    on a shelf. ``form``: what is asked for."""

    class_code: str
    level: Level
    form: ItemForm
    dept: str = ""
    on_paper: bool = True


def case_of_item(
    item: ItemFacts, borrower: BorrowerKind, use: UseMode, *, unmasked: bool
) -> frozenset[LoanCase]:
    """The cases whose rules all hold for this item; of accounting papers that go outside there are two."""
    if borrower is BorrowerKind.OWNER:
        return frozenset({LoanCase.OWNER_OWN})
    accounting = lies_under(item.class_code, FEE_CLASSES)
    as_built = lies_under(item.class_code, AS_BUILT_CLASSES)
    if borrower is BorrowerKind.ORGANISATION:
        cases = {LoanCase.EXTERNAL_COPY if use is UseMode.COPY else LoanCase.EXTERNAL_ORIGINAL}
        if accounting:
            cases.add(LoanCase.ACCOUNTING)
        if as_built:
            cases.add(LoanCase.AS_BUILT)
        return frozenset(cases)
    if accounting:
        return frozenset({LoanCase.ACCOUNTING})
    if item.level is Level.SENSITIVE or (unmasked and item.level.rank > Level.INTERNAL.rank):
        return frozenset({LoanCase.INTERNAL_UNMASKED})
    if as_built:
        return frozenset({LoanCase.AS_BUILT})
    if use is UseMode.TAKE_OUT:
        return frozenset({LoanCase.TAKE_OUT})
    if use is UseMode.ON_SITE:
        return frozenset({LoanCase.INTERNAL_ORIGINAL})
    if item.level.rank > Level.INTERNAL.rank:
        return frozenset({LoanCase.INTERNAL_MASKED})
    return frozenset({LoanCase.INTERNAL_OPEN})


def cases_of(
    items: Collection[ItemFacts], borrower: BorrowerKind, use: UseMode, *, unmasked: bool = False
) -> tuple[LoanCase, ...]:
    """Every case that the items of one loan come to, the strictest first."""
    found = frozenset[LoanCase]().union(*(case_of_item(i, borrower, use, unmasked=unmasked) for i in items))
    return tuple(case for case in LoanCase if case in found)


@dataclass(frozen=True, slots=True)
class Terms:
    """What holds for a loan: ``case`` is the strictest of ``cases``, the rest the strictest of each."""

    case: LoanCase
    cases: tuple[LoanCase, ...]
    days: int
    renewals: int
    renewal_days: int
    uses: frozenset[UseMode]
    masked: bool
    watermark: bool
    stamped: bool
    legal_basis: bool
    reason: bool
    original_stays: bool
    free: bool  # nobody need be asked


def terms_of(
    cases: Sequence[LoanCase], table: Mapping[LoanCase, CaseRule], *, own_department: bool = False
) -> Terms:
    rules = [table[case] for case in cases]
    return Terms(
        case=cases[0],
        cases=tuple(cases),
        days=min(rule.days for rule in rules),
        renewals=min(rule.renewals for rule in rules),
        renewal_days=min(rule.renewal_days for rule in rules),
        uses=frozenset(UseMode).intersection(*(rule.uses for rule in rules)),
        masked=any(rule.masked for rule in rules),
        watermark=any(rule.watermark for rule in rules),
        stamped=any(rule.stamped for rule in rules),
        legal_basis=any(rule.legal_basis for rule in rules),
        reason=any(rule.reason for rule in rules),
        original_stays=any(rule.original_stays for rule in rules),
        free=own_department and all(rule.own_department_free for rule in rules),
    )


def merged(chains: Collection[Sequence[Role]]) -> tuple[Role, ...]:
    """Everybody whom one of the cases asks, each once: of several cases none is left out."""
    asked = {role for chain in chains for role in chain}
    return tuple(role for role in _CHAIN_ORDER if role in asked) + tuple(
        role for role in Role if role in asked and role not in _CHAIN_ORDER
    )


def is_own_department(roles: Collection[str], items: Collection[ItemFacts]) -> bool:
    """Whether every item is of the borrower's own department: by the mark its number carries, or by the classes that
    engineering and finance keep."""
    held = {Role(role) for role in roles if role in frozenset(Role)}
    depts = {DEPARTMENT_OF[role] for role in held if role in DEPARTMENT_OF}
    return bool(depts) and all(item.dept in depts for item in items)


def is_exclusive(use: UseMode, form: ItemForm, *, on_paper: bool) -> bool:
    """Whether the loan takes the paper from its place, so that nobody else can have it meanwhile."""
    return on_paper and form is ItemForm.ORIGINAL and use in (UseMode.ON_SITE, UseMode.TAKE_OUT)


def comes_back(use: UseMode) -> bool:
    """Whether something is to be brought back; a copy is kept, a view ends by itself."""
    return use in (UseMode.ON_SITE, UseMode.TAKE_OUT)
