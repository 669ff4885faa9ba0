"""The plan as a value: read strictly, written faithfully, changed without losing anything."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.classification.rules import (
    BadPlan,
    ChangeKind,
    ClassMissing,
    ClassMoved,
    Contradiction,
    FilePlan,
    PlannedClass,
    RetentionRule,
    changes,
    check,
    next_number,
    parse_plan,
    shipped_plan,
    write_plan,
)
from archive_service.classification.rules.plan import (
    Disposition,
    Figure,
    Limit,
    OnExit,
    RetentionKind,
    SourceStatus,
)
from archive_service.kernel.levels import Level

PLAN = shipped_plan()


def with_class(plan: FilePlan, code: str, **told: object) -> FilePlan:
    return replace(
        plan,
        classes=tuple(replace(c, **told) if c.code == code else c for c in plan.classes),  # type: ignore[arg-type]
    )


def a_class(code: str = "WS.20", parent: str | None = "WS", **told: object) -> PlannedClass:
    facts: dict[str, object] = {
        "code": code,
        "parent": parent,
        "name_zh": "会议纪要",
        "name_en": "Minutes",
        "selectable": True,
        "level": Level.INTERNAL,
        "on_exit": OnExit.RETAIN,
        "source_status": SourceStatus.PRACTICE,
        "retention": RetentionRule(
            RetentionKind.FIXED, "定期10年", Limit.MIN, "D10", Figure.PRACTICE, 10, "year_end"
        ),
        "disposition": Disposition.REVIEW,
    }
    return PlannedClass(**(facts | told))  # type: ignore[arg-type]


def added(plan: FilePlan, planned: PlannedClass) -> FilePlan:
    return replace(plan, classes=(*plan.classes, planned))


def test_the_shipped_plan_is_whole() -> None:
    check(PLAN)
    assert len(PLAN.classes) == 90
    assert sum(c.takes_documents for c in PLAN.classes) == 79
    deposits = PLAN.by_code["KU.03"]
    assert deposits.retention is not None
    assert deposits.retention.years == 30
    assert deposits.retention.blocked_while == "deposit_unsettled"


def test_a_written_plan_is_read_back_the_same() -> None:
    assert parse_plan(write_plan(PLAN).encode()) == PLAN


names = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), min_size=1, max_size=80
).filter(str.strip)


@given(zh=names, note=st.text(st.characters(codec="utf-8", exclude_categories=("Cs", "Cc")), max_size=200))
def test_whatever_people_write_in_it_is_read_back(zh: str, note: str) -> None:
    small = FilePlan(PLAN.scheme, zh, zh, "1.0", (a_class("WS", None, name_zh=zh, note=note),), PLAN.triggers)
    assert parse_plan(write_plan(small).encode()) == small


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (b"\x00", "1:1"),
        (b"\xff\xfe\x00", "1:1"),
        (b"- [", "1:4"),
        (b"scheme: [1, 2", "1:14"),
        (b"a: &x [1]\nb: *x", "2:4"),
        (b"scheme: 1\nscheme: 2", "1:1"),
        (b"!!python/object/apply:os.system [ls]", "1:1"),
        (b"7", "1:1"),
        (b"[]", "1:1"),
        (b"{}", "scheme"),
        (b"[" * 5000, "1:1"),
        (b"x" * 2_000_001, "1"),
        (write_plan(PLAN).replace("zh: 通知公告", r'zh: "a\0b"', 1).encode(), "WS.02 zh"),
        (write_plan(PLAN).replace("zh: 通知公告", r'zh: "\uD800"', 1).encode(), "WS.02 zh"),
        (
            write_plan(PLAN).replace("doc_types:\n  - ", 'doc_types:\n  - "\\n"\n  - ', 1).encode(),
            "WS.01 doc_types.0",
        ),
        (write_plan(PLAN).replace("zh: 通知公告", f"zh: {'长' * 121}", 1).encode(), "WS.02 zh"),
    ],
)
def test_what_is_no_plan_is_refused_with_its_place(text: bytes, place: str) -> None:
    with pytest.raises(BadPlan) as refused:
        parse_plan(text)
    assert refused.value.facts["place"] == place


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        ("code: WS.02\n", "code: WS-02\n", "WS-02 code"),
        ("confidentiality: PUBLIC", "confidentiality: SECRET", "WS.02 confidentiality"),
        ("years: 10", "years: -1", "WS.02 retention.years"),
        ("years: 10", "years: ten", "WS.02 retention.years"),
        ("limit: min", "limit: about", "WS.01 retention.limit"),
        ("on_service_exit: retain", "on_service_exit: retain\n  owner_id: 7", "WS owner_id"),
    ],
)
def test_a_wrong_field_is_named_with_its_class(old: str, new: str, place: str) -> None:
    text = write_plan(PLAN)
    assert old in text
    with pytest.raises(BadPlan) as refused:
        parse_plan(text.replace(old, new, 1).encode())
    assert refused.value.facts["place"] == place


@pytest.mark.parametrize(
    "wrong",
    [
        added(PLAN, a_class("WS.02")),
        added(PLAN, a_class("ws.20")),
        added(PLAN, a_class("WS.20", "KJ")),
        added(PLAN, a_class("WS.20", "WS.19")),
        added(PLAN, a_class("WS.20", None)),
        added(PLAN, a_class(retention=None)),
        added(PLAN, a_class(disposition=None)),
        added(PLAN, a_class(selectable=False)),
        added(PLAN, a_class(sources=("XYZ",))),
        with_class(PLAN, "WS", is_closed=True),
        *(
            added(
                PLAN, a_class(retention=RetentionRule(kind, "…", Limit.MIN, code, Figure.PRACTICE, years, on))
            )
            for kind, code, years, on in (
                (RetentionKind.PERMANENT, "Y", 10, "year_end"),
                (RetentionKind.PERMANENT, "D10", None, None),
                (RetentionKind.FIXED, "D10", 10, None),
                (RetentionKind.FIXED, "D10", None, "year_end"),
                (RetentionKind.FIXED, "D30", 10, "year_end"),
                (RetentionKind.FIXED, "E10", 10, "year_end"),
                (RetentionKind.EVENT, "E5", 5, "when_it_rains"),
            )
        ),
    ],
)
def test_a_plan_that_contradicts_itself_is_refused(wrong: FilePlan) -> None:
    with pytest.raises(Contradiction):
        check(wrong)


def test_differences_are_told_class_by_class() -> None:
    new = added(with_class(with_class(PLAN, "WS.02", name_zh="公告"), "KJ.08", is_closed=True), a_class())
    check(new)
    found = changes(PLAN, new)
    assert [(c.kind, c.code, c.fields) for c in found] == [
        (ChangeKind.CHANGED, "WS.02", ("name_zh",)),
        (ChangeKind.CLOSED, "KJ.08", ("is_closed",)),
        (ChangeKind.ADDED, "WS.20", ()),
    ]
    assert [c.kind for c in changes(new, with_class(new, "KJ.08", is_closed=False))] == [ChangeKind.REOPENED]


def test_no_class_goes_away_moves_or_becomes_a_heading() -> None:
    with pytest.raises(ClassMissing):
        changes(PLAN, replace(PLAN, classes=PLAN.classes[:-1]))
    with pytest.raises(ClassMoved):
        changes(PLAN, with_class(PLAN, "WS.02", parent="KJ"))
    with pytest.raises(Contradiction):
        changes(PLAN, with_class(PLAN, "WS.02", selectable=False, retention=None, disposition=None))


def test_versions_are_counted() -> None:
    assert next_number("1.0") == "1.1"
    assert next_number("1.9") == "1.10"
