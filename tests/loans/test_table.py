"""The table of cases against workflows.md §2, and which case a slip is."""

import pytest

from archive_service.kernel.levels import Level
from archive_service.loans import BorrowerKind, ItemForm, LoanCase, LoanState, UseMode
from archive_service.loans.rules import ENDED, LIVE, MOVES, Step
from archive_service.loans.rules.cases import (
    SHIPPED,
    SHIPPED_CHAINS,
    ItemFacts,
    cases_of,
    is_own_department,
    merged,
    terms_of,
)
from archive_service.people.rules.roles import Role

C, U, B = LoanCase, UseMode, BorrowerKind

PAPER = [
    # case, who decides, days, renewals × days, ways, as §2 has them
    (C.INTERNAL_OPEN, "sc_manager", 7, (1, 7), {U.ELECTRONIC, U.COPY}),
    (C.INTERNAL_MASKED, "sc_manager archivist", 3, (0, 0), {U.ELECTRONIC}),
    (C.INTERNAL_ORIGINAL, "sc_manager archive_head", 7, (1, 7), {U.ON_SITE}),
    (C.INTERNAL_UNMASKED, "sc_manager pi_officer", 1, (0, 0), {U.ON_SITE}),
    (C.TAKE_OUT, "sc_manager archive_head company_leader", 3, (1, 3), {U.TAKE_OUT}),
    (C.EXTERNAL_COPY, "archive_head company_leader", 1, (0, 0), {U.COPY}),
    (C.EXTERNAL_ORIGINAL, "company_leader", 3, (0, 0), {U.ON_SITE, U.TAKE_OUT}),
    (C.ACCOUNTING, "finance company_leader", 1, (0, 0), {U.ON_SITE}),
    (C.AS_BUILT, "sc_manager archive_head", 5, (1, 5), set(U)),
    (C.OWNER_OWN, "archivist", 1, (0, 0), {U.ON_SITE, U.COPY}),
]


@pytest.mark.parametrize(("case", "chain", "days", "renewals", "uses"), PAPER)
def test_the_shipped_table_says_what_the_procedure_says(
    case: LoanCase, chain: str, days: int, renewals: tuple[int, int], uses: set[UseMode]
) -> None:
    rule = SHIPPED[case]
    assert (rule.days, (rule.renewals, rule.renewal_days), set(rule.uses)) == (days, renewals, uses)
    assert [role.value for role in SHIPPED_CHAINS[case]] == chain.split()


def test_what_else_each_case_asks() -> None:
    assert {c for c, r in SHIPPED.items() if r.masked} == {C.INTERNAL_MASKED, C.OWNER_OWN}
    assert {c for c, r in SHIPPED.items() if r.watermark} == {C.INTERNAL_MASKED}
    assert {c for c, r in SHIPPED.items() if r.stamped} == {C.EXTERNAL_COPY}
    assert {c for c, r in SHIPPED.items() if r.legal_basis} == {C.EXTERNAL_ORIGINAL}
    assert {c for c, r in SHIPPED.items() if r.reason} == {C.INTERNAL_UNMASKED}
    assert {c for c, r in SHIPPED.items() if r.own_department_free} == {C.INTERNAL_OPEN}
    assert {c for c, r in SHIPPED.items() if r.original_stays} == {C.AS_BUILT, C.OWNER_OWN}
    assert set(SHIPPED) == set(C) == set(SHIPPED_CHAINS)


def thing(code: str = "WS.02", level: Level = Level.INTERNAL, dept: str = "BG") -> ItemFacts:
    return ItemFacts(code, level, ItemForm.ORIGINAL, dept)


@pytest.mark.parametrize(
    ("item", "borrower", "use", "unmasked", "cases"),
    [
        (thing(), B.USER, U.ELECTRONIC, False, (C.INTERNAL_OPEN,)),
        (thing(), B.USER, U.COPY, True, (C.INTERNAL_OPEN,)),
        (thing(level=Level.PERSONAL), B.USER, U.ELECTRONIC, False, (C.INTERNAL_MASKED,)),
        (thing(level=Level.CONFIDENTIAL), B.USER, U.ELECTRONIC, False, (C.INTERNAL_MASKED,)),
        (thing(level=Level.PERSONAL), B.USER, U.ELECTRONIC, True, (C.INTERNAL_UNMASKED,)),
        (thing(level=Level.SENSITIVE), B.USER, U.TAKE_OUT, False, (C.INTERNAL_UNMASKED,)),
        (thing(), B.USER, U.ON_SITE, False, (C.INTERNAL_ORIGINAL,)),
        (thing(), B.USER, U.TAKE_OUT, False, (C.TAKE_OUT,)),
        (thing("KU.01", Level.CONFIDENTIAL), B.USER, U.TAKE_OUT, False, (C.ACCOUNTING,)),
        (thing("KUX.01"), B.USER, U.TAKE_OUT, False, (C.TAKE_OUT,)),
        (thing("KJ.02.JZ"), B.USER, U.TAKE_OUT, False, (C.AS_BUILT,)),
        (thing("KJ.01"), B.USER, U.TAKE_OUT, False, (C.TAKE_OUT,)),
        (thing(), B.ORGANISATION, U.COPY, False, (C.EXTERNAL_COPY,)),
        (thing(), B.ORGANISATION, U.TAKE_OUT, False, (C.EXTERNAL_ORIGINAL,)),
        (thing("KU.01"), B.ORGANISATION, U.TAKE_OUT, False, (C.EXTERNAL_ORIGINAL, C.ACCOUNTING)),
        (thing("KJ.02"), B.ORGANISATION, U.COPY, False, (C.EXTERNAL_COPY, C.AS_BUILT)),
        (thing("YZ.01", Level.PERSONAL), B.OWNER, U.ON_SITE, False, (C.OWNER_OWN,)),
    ],
)
def test_a_case_is_found_from_what_stands_on_the_slip(
    item: ItemFacts, borrower: BorrowerKind, use: UseMode, unmasked: bool, cases: tuple[LoanCase, ...]
) -> None:
    assert cases_of([item], borrower, use, unmasked=unmasked) == cases


def test_of_several_items_the_strictest_holds_and_everybody_is_asked() -> None:
    cases = cases_of([thing(), thing("KU.01", Level.CONFIDENTIAL)], B.USER, U.ON_SITE)
    assert cases == (C.ACCOUNTING, C.INTERNAL_ORIGINAL)
    terms = terms_of(cases, SHIPPED)
    assert (terms.days, terms.renewals, terms.uses) == (1, 0, frozenset({U.ON_SITE}))
    asked = merged([SHIPPED_CHAINS[case] for case in cases])
    assert asked == (Role.SC_MANAGER, Role.FINANCE, Role.ARCHIVE_HEAD, Role.COMPANY_LEADER)
    # Accounting papers are read here; taken out they match no case together with others.
    assert terms_of(cases_of([thing(), thing("KU.01")], B.USER, U.TAKE_OUT), SHIPPED).uses == frozenset()


def test_nobody_is_asked_within_ones_own_department() -> None:
    own = is_own_department(["front_desk"], [thing(dept="KF")])
    assert own and terms_of((C.INTERNAL_OPEN,), SHIPPED, own_department=own).free
    assert not terms_of((C.TAKE_OUT,), SHIPPED, own_department=own).free
    assert not is_own_department(["front_desk"], [thing(dept="KF"), thing(dept="CW")])
    assert not is_own_department(["archive_head"], [thing(dept="")])


def test_what_is_over_stays_over_and_every_state_is_reached() -> None:
    assert {state for state, _ in MOVES} & ENDED == set()
    reached = {LoanState.DRAFT} | {move.to for move in MOVES.values()}
    assert reached == set(LoanState)
    assert {step for _, step in MOVES} == set(Step)
    assert LIVE | ENDED | {LoanState.DRAFT} == set(LoanState)
