"""The table that says what the files are: which column means what, and what each row tells. Pure."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from archive_service.bulk.rules import StateSecret, TwiceListed, UnknownLevelName
from archive_service.bulk.rules.names import clean_path
from archive_service.kernel.errors import Invalid
from archive_service.kernel.levels import Level
from archive_service.premises.rules.columns import Columns, ToldRow
from archive_service.premises.rules.tables import Table, as_workbook
from archive_service.records.rules import FIELD_LENGTHS, Description, TooLong, clean_date, clean_text
from archive_service.records.rules.filing import LENGTHS, listed

COLUMNS: Final[Mapping[str, tuple[str, ...]]] = {
    "path": ("文件路径", "path", "路径", "文件", "文件名", "电子文件名", "file", "file name", "filename"),
    "title": ("题名", "title", "标题", "文件题名"),
    "class_code": ("分类号", "class", "class_code", "类别号", "类目", "分类", "classification"),
    "unit": ("房号", "unit", "关联房号", "对应房号", "房屋", "铺号", "units"),
    "owner": ("业主", "owner", "业主姓名", "关联业主"),
    "doc_date": ("日期", "date", "doc_date", "形成日期", "成文日期", "文件日期"),
    "doc_number": ("文号", "number", "doc_number", "文件编号", "编号", "文号/编号", "document number"),
    "responsible": ("责任者", "responsible", "creator"),
    "level": ("密级", "level", "级别", "confidentiality"),
    "file_no": ("案卷号", "file_no", "file no", "案卷", "file number"),
    "keywords": ("主题词", "keywords", "关键词"),
}
"""Each column with its headings; the first is the template's, the second a program's. Source: metadata.md §1, glossary."""
NEEDED: Final = ("path",)
MANIFEST_NAMES: Final = ("目录", "清单", "导入清单", "移交清单", "归档文件目录", "manifest")
MANIFEST_ENDINGS: Final = (".xlsx", ".csv")
EXAMPLES: Final = (
    ("3栋/1201/收楼验收单.pdf", "3栋2单元1201收楼验收单", "YZ.01", "3-1201", "张建国", "2026-03-08", "", "", "", "", ""),
    ("通知/停水通知.pdf", "关于停水的通知", "WS.02", "", "", "2026年3月8日", "物业通〔2026〕18号",
     "云栖花园客户服务中心", "内部", "", "停水、通知"),
)  # fmt: skip
LEVELS: Final = {
    "公开": Level.PUBLIC,
    "内部": Level.INTERNAL,
    "个人信息": Level.PERSONAL,
    "个人": Level.PERSONAL,
    "保密": Level.CONFIDENTIAL,
    "商业秘密": Level.CONFIDENTIAL,
    "敏感个人信息": Level.SENSITIVE,
    "敏感": Level.SENSITIVE,
} | {level.value: level for level in Level}
_TEXTS: Final = ("title", "unit", "owner", "doc_number", "file_no")
_LISTS: Final = ("responsible", "keywords")
STATE_SECRETS: Final = ("绝密", "机密", "秘密")


@dataclass(frozen=True, slots=True)
class Problem:
    """``row`` as the person's program shows it, None of a file without a row; ``column``: the heading as it stands
    there."""

    row: int | None
    column: str
    error: Invalid


@dataclass(frozen=True, slots=True)
class Listed:
    """What one row tells of one file. ``class_text``: the class as it was written, not yet looked up."""

    row: int
    path: str
    class_text: str
    told: Description
    responsible: tuple[str, ...] = ()
    keywords: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Manifest:
    rows: tuple[Listed, ...]
    problems: tuple[Problem, ...]
    paths: Mapping[int, str]  # of rows with problems as well, as far as they have one
    headings: Mapping[str, str]
    unread: tuple[str, ...] = field(default=())  # headings that mean nothing here

    def heading(self, name: str) -> str:
        return self.headings.get(name, COLUMNS[name][0] if name in COLUMNS else name)


def read_manifest(table: Table) -> Manifest:
    """Every row of the table, as far as it can be understood by itself. Raises MissingColumns, TwiceColumn."""
    read = Columns(COLUMNS, NEEDED).read(table)
    rows: list[Listed] = []
    problems = [Problem(one.row, one.column, one.error) for one in read.problems]
    seen: dict[str, int] = {}
    for row in read.rows:
        found, wrong = _row(row)
        if found and found.path in seen:
            wrong.append(TwiceListed(field="path", row=seen[found.path]))
        elif found:
            seen[found.path] = row.number
        for error in wrong:
            told = read.problem(row.number, error, "path")
            problems.append(Problem(told.row, told.column, told.error))
        if found and not wrong:
            rows.append(found)
    at = next((at for at, heading in enumerate(table.headings) if heading == read.headings["path"]), 0)
    paths = {row.number: row.cells[at] if at < len(row.cells) else "" for row in table.rows}
    return Manifest(tuple(rows), tuple(problems), paths, read.headings, read.unread)


def _row(row: ToldRow) -> tuple[Listed | None, list[Invalid]]:
    told = row.told
    wrong: list[Invalid] = []
    level: Level | None = None
    doc_date = path = ""
    try:
        level = level_named(told.get("level", ""))
    except Invalid as error:
        wrong.append(error)
    try:
        doc_date = clean_date(told.get("doc_date", ""))
    except Invalid as error:
        wrong.append(error)
    try:
        path = clean_path(told["path"])
    except Invalid as error:
        wrong.append(error)
    texts = {name: clean_text(told.get(name, "")) for name in _TEXTS}
    wrong += (
        TooLong(field=name, most=FIELD_LENGTHS[name])
        for name, text in texts.items()
        if len(text) > FIELD_LENGTHS[name]
    )
    lists = {name: tuple(filter(None, map(clean_text, listed(told.get(name, ""))))) for name in _LISTS}
    wrong += (
        TooLong(field=name, most=LENGTHS[name])
        for name, parts in lists.items()
        if sum(map(len, parts)) > LENGTHS[name]
    )
    if not path:
        return None, wrong
    description = Description(doc_date=doc_date, level=level, **texts)
    class_text, issued, words = told.get("class_code", ""), lists["responsible"], lists["keywords"]
    return Listed(row.number, path, class_text, description, issued, words), wrong


def level_named(text: str) -> Level | None:
    """None for an empty text: the class's own. Raises StateSecret, UnknownLevelName."""
    name = "".join(unicodedata.normalize("NFKC", text).split()).upper()
    if not name:
        return None
    if name.rstrip("★*").startswith(STATE_SECRETS):
        raise StateSecret(field="level")
    if name not in LEVELS:
        raise UnknownLevelName(field="level", value=text[:20])
    return LEVELS[name]


def class_code_in(text: str) -> str:
    """The code in what people write for a class: ``WS.02``, ``ws·02``, ``WS.02 通知公告``."""
    folded = unicodedata.normalize("NFKC", text).strip()
    code = folded.split(" ", 1)[0] if folded[:1].isascii() else folded
    for dot in "·•・":
        code = code.replace(dot, ".")
    return code.upper()


def template() -> bytes:
    """The workbook to fill in: the headings, and rows that show how."""
    headings = [headings[0] for headings in COLUMNS.values()]
    return as_workbook("目录", [headings, *map(list, EXAMPLES)], [34, 32, 10, 12, 10, 14, 20, 22, 10, 24, 20])
