"""A file plan as a workbook: one sheet of classes, one of events, one of sources, and the name of the plan.

Headings are Chinese and English; only the Chinese is read, up to the first space, so columns may be moved. A value out
of a list stands as its code and what it means (``PERSONAL 个人信息``); only the code is read.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Any, Final

from archive_service.classification.rules.plan import (
    Disposition,
    Figure,
    FilePlan,
    Limit,
    OnExit,
    PlannedClass,
    RetentionKind,
    SourceStatus,
)
from archive_service.classification.rules.workbook import (
    BadWorkbook,
    Sheet,
    cell_name,
    read_workbook,
    write_workbook,
)
from archive_service.classification.rules.written import (
    MISSING,
    TWICE,
    UNKNOWN,
    WRONG,
    BadPlan,
    Loc,
    plan_from,
)
from archive_service.kernel.levels import Level

PLAN, CLASSES, EVENTS, SOURCES = "方案", "类目", "触发事件", "依据"
_YES, _NO = "是", "否"
_MEANINGS: Final[Mapping[StrEnum, str]] = {
    Level.PUBLIC: "公开",
    Level.INTERNAL: "内部",
    Level.PERSONAL: "个人信息",
    Level.CONFIDENTIAL: "保密(商业秘密)",
    Level.SENSITIVE: "敏感个人信息",
    RetentionKind.PERMANENT: "永久",
    RetentionKind.FIXED: "定期(自次年1月1日起算)",
    RetentionKind.EVENT: "事件后若干年(自次日起算)",
    Limit.MIN: "至少保管这么久",
    Limit.MAX: "至多保管这么久",
    Limit.BOTH: "恰好保管这么久",
    Figure.LAW: "年限见于法规",
    Figure.DERIVED: "年限由法规推出",
    Figure.PRACTICE: "年限为惯例",
    Disposition.PERMANENT: "永久保存",
    Disposition.REVIEW: "到期鉴定(可续期)",
    Disposition.DESTROY: "到期鉴定后拟销毁",
    OnExit.TRANSFER: "移交原件",
    OnExit.TRANSFER_COPY: "移交复制件",
    OnExit.RETAIN: "本公司留存",
    SourceStatus.CITED: "法规明文要求",
    SourceStatus.CITED_AND_PRACTICE: "法规与惯例",
    SourceStatus.PRACTICE: "惯例",
}

# Heading → the field as the plan's YAML calls it; in the order of the columns.
_CLASS_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "代码 Code": ("code",),
    "上级 Above": ("parent",),
    "中文名 Chinese name": ("zh",),
    "英文名 English name": ("en",),
    "可归档 Takes documents": ("selectable",),
    "已停用 Closed": ("closed",),
    "密级 Level": ("confidentiality",),
    "期限类型 Kind of period": ("retention", "kind"),
    "年数 Years": ("retention", "years"),
    "起算事件 Counted from": ("retention", "trigger"),
    "期限性质 The period is": ("retention", "limit"),
    "年限依据 Figure": ("retention", "figure"),
    "期限简码 Short form": ("retention", "code"),
    "保管期限 Kept for": ("retention", "label_zh"),
    "暂缓条件 Blocked while": ("retention", "blocked_while"),
    "到期处置 Afterwards": ("disposition",),
    "退场去向 At the end of service": ("on_service_exit",),
    "依据性质 Duty to keep": ("source_status",),
    "依据 Sources": ("sources",),
    "举例 For example": ("doc_types",),
    "备注 Remark": ("note",),
}
_EVENT_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "代码 Code": ("code",),
    "中文名 Chinese name": ("zh",),
    "英文名 English name": ("en",),
}
_SOURCE_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "代码 Code": ("id",),
    "名称 Title": ("title",),
    "可靠程度 How sure": ("sure",),
}
_PLAN_COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "代码 Code": ("id",),
    "中文名 Chinese name": ("zh",),
    "英文名 English name": ("en",),
    "版本 Version": ("version",),
}
_COLUMNS: Final = {
    PLAN: _PLAN_COLUMNS,
    CLASSES: _CLASS_COLUMNS,
    EVENTS: _EVENT_COLUMNS,
    SOURCES: _SOURCE_COLUMNS,
}
_KEYS: Final = {PLAN: "scheme", CLASSES: "classes", EVENTS: "triggers", SOURCES: "sources"}
_CHOICES: Final[Mapping[tuple[str, ...], type[StrEnum]]] = {
    ("confidentiality",): Level,
    ("retention", "kind"): RetentionKind,
    ("retention", "limit"): Limit,
    ("retention", "figure"): Figure,
    ("disposition",): Disposition,
    ("on_service_exit",): OnExit,
    ("source_status",): SourceStatus,
}
_LISTS: Final = frozenset({("sources",), ("doc_types",)})
_YES_OR_NO: Final = frozenset({("selectable",), ("closed",)})
_NUMBERS: Final = frozenset({("retention", "years")})
_CODES: Final = frozenset(
    {
        ("code",),
        ("id",),
        ("parent",),
        ("version",),
        ("retention", "code"),
        ("retention", "trigger"),
        ("retention", "blocked_while"),
    }
)
"""Read without spaces around them; other texts as they stand."""


def _offered(value: StrEnum) -> str:
    return f"{value.value} {_MEANINGS[value]}"


def write_sheets(plan: FilePlan) -> bytes:
    """A workbook from which ``parse_sheets`` reads the same plan."""
    choices: dict[int, Sequence[str]] = {}
    for column, field in enumerate(_CLASS_COLUMNS.values()):
        if field in _CHOICES:
            choices[column] = [_offered(value) for value in _CHOICES[field]]
        elif field in _YES_OR_NO:
            choices[column] = [_YES, _NO]
    classes = [tuple(_CLASS_COLUMNS), *(_class_cells(c) for c in plan.classes)]
    events = [tuple(_EVENT_COLUMNS), *((t.code, t.name_zh, t.about) for t in plan.triggers)]
    sources = [tuple(_SOURCE_COLUMNS), *((s.code, s.name_zh, s.about) for s in plan.sources)]
    name = [tuple(_PLAN_COLUMNS), (plan.scheme, plan.name_zh, plan.name_en, plan.number)]
    widths = (10, 8, 28, 34, 10, 10, 22, 30, 8, 20, 22, 22, 10, 26, 18, 28, 26, 24, 14, 40, 40)
    return write_workbook(
        (
            Sheet(CLASSES, classes, widths, choices),
            Sheet(EVENTS, events, (24, 36, 60)),
            Sheet(SOURCES, sources, (10, 60, 80)),
            Sheet(PLAN, name, (16, 36, 50, 10)),
        )
    )


def _class_cells(c: PlannedClass) -> Sequence[str | int | None]:
    rule = c.retention
    return (
        c.code,
        c.parent,
        c.name_zh,
        c.name_en,
        _YES if c.selectable else _NO,
        _YES if c.is_closed else _NO,
        _offered(c.level),
        _offered(rule.kind) if rule else None,
        rule.years if rule else None,
        rule.trigger if rule else None,
        _offered(rule.limit) if rule else None,
        _offered(rule.figure) if rule else None,
        rule.code if rule else None,
        rule.label_zh if rule else None,
        rule.blocked_while if rule else None,
        _offered(c.disposition) if c.disposition else None,
        _offered(c.on_exit),
        _offered(c.source_status),
        "\n".join(c.sources),
        "\n".join(c.doc_types),
        c.note,
    )


def parse_sheets(data: bytes) -> FilePlan:
    """As strict as the plan's YAML. Raises BadPlan with sheet and cell."""
    try:
        found = read_workbook(data, tuple(_COLUMNS))
        read = {name: _Table(name, rows) for name, rows in found.items()}
        raw: dict[str, Any] = {_KEYS[name]: table.values() for name, table in read.items()}
    except BadWorkbook as error:
        raise BadPlan(**error.facts) from error
    if len(raw["scheme"]) != 1:
        raise BadPlan(place=f"{PLAN} A2", problem=MISSING if not raw["scheme"] else TWICE)
    raw["scheme"] = raw["scheme"][0]
    return plan_from(raw, lambda loc: _place(read, loc))


class _Table:
    """A sheet's rows by the fields that its headings name."""

    def __init__(self, name: str, rows: Sequence[Sequence[str]]) -> None:
        self.name = name
        known = {heading.split()[0]: field for heading, field in _COLUMNS[name].items()}
        self.columns: dict[tuple[str, ...], int] = {}
        for column, heading in enumerate(rows[0] if rows else (), 1):
            words = heading.split()
            if not words:
                continue
            field = known.get(words[0])
            if field is None or field in self.columns:
                raise BadPlan(place=self.place(1, column), problem=TWICE if field else UNKNOWN)
            self.columns[field] = column
        for heading, field in known.items():
            if field not in self.columns:
                raise BadPlan(place=f"{name} {heading}", problem=MISSING)
        self.rows = [(number, row) for number, row in enumerate(rows[1:], 2) if any(row)]

    def place(self, row: int, column: int) -> str:
        return f"{self.name} {cell_name(row, column)}"

    def values(self) -> list[dict[str, Any]]:
        return [self._value(number, row) for number, row in self.rows]

    def _value(self, number: int, row: Sequence[str]) -> dict[str, Any]:
        told: dict[str, Any] = {}
        for column, text in enumerate(row, 1):
            # A remark beside the table would be lost without a word.
            if text.strip() and column not in self.columns.values():
                raise BadPlan(place=self.place(number, column), problem=UNKNOWN)
        for field, column in self.columns.items():
            value = self._read(field, row[column - 1], self.place(number, column))
            if value is None and field != ("parent",):
                continue
            if len(field) == 1:
                told[field[0]] = value
            else:
                told.setdefault(field[0], {})[field[1]] = value
        return told

    @staticmethod
    def _read(field: tuple[str, ...], text: str, place: str) -> Any:
        if field in _LISTS:
            return [line for line in text.splitlines() if line.strip()]
        if field in _YES_OR_NO:
            match text.strip():
                case "是" | "yes":
                    return True
                case "否" | "no" | "" if text.strip() or field == ("closed",):
                    return False
            raise BadPlan(place=place, problem=WRONG if text.strip() else MISSING)
        if field in _CHOICES:
            return text.split(maxsplit=1)[0] if text.strip() else None
        if field in _CODES:
            text = text.strip()
        if field in _NUMBERS:
            return (
                int(text) if text.isascii() and text.isdigit() and len(text) < 6 else (text.strip() or None)
            )
        if field == ("en",) or text:
            return text
        return None


def _place(read: Mapping[str, _Table], loc: Loc) -> str:
    """``类目 I7`` for ``("classes", 5, "retention", "years")``."""
    for name, key in _KEYS.items():
        if not loc or loc[0] != key:
            continue
        table = read[name]
        number, rest = (int(loc[1]), loc[2:]) if len(loc) > 1 and name != PLAN else (0, loc[1:])
        if number >= len(table.rows):
            break
        field = tuple(str(step) for step in rest if isinstance(step, str))
        column = table.columns.get(field) or table.columns.get(field[:1])
        if column is None:  # the whole of a period
            column = next((c for f, c in table.columns.items() if f[:1] == field[:1]), 1)
        return table.place(table.rows[number][0], column)
    return str(loc[0]) if loc else "?"
