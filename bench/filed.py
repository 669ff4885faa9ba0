"""The invented centre's filed papers: most of the samples in their case files and series, each with its number."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import yaml

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.classification import selectable_class
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.levels import Level
from archive_service.records import (
    CaseFileFilter,
    Dept,
    Description,
    DocumentFilter,
    DocumentRow,
    DrawingFacts,
    FiledFacts,
    FileFacts,
    Form,
    Medium,
    Pii,
    Place,
    SourceKind,
    Stage,
)
from archive_service.records.rules.numbers import Pattern, pattern_of
from archive_service.unit_of_work import UnitOfWork
from bench.samples import SAMPLES, samples

CENTRE: Final = "云栖花园客户服务中心"
DEPTS: Final = {"KJ": Dept.GC, "YS": Dept.GC, "KU": Dept.CW, "AQ": Dept.ZX, "WS": Dept.BG, "RS": Dept.BG}
PII: Final = {
    Level.PUBLIC: Pii.NONE,
    Level.INTERNAL: Pii.LOW,
    Level.PERSONAL: Pii.PERSONAL,
    Level.CONFIDENTIAL: Pii.PERSONAL,
    Level.SENSITIVE: Pii.SENSITIVE,
}
DEFAULT_DATE: Final = "2026-06-30"
SHEET: Final = DrawingFacts(
    drawing_no="电施-12",
    stage=Stage.AS_BUILT,
    scale="1:100",
    edition="A",
    sheet="A1",
    sheet_of="12/36",
    design_unit="示例市建筑设计院",
)


@dataclass(frozen=True, slots=True)
class Told:
    """What stands on a sample: its own number and date."""

    number: str
    date: str


def told() -> dict[str, Told]:
    raw = yaml.safe_load((SAMPLES.parent / "sample_facts.yaml").read_text("utf-8"))
    facts = {key: Told("", DEFAULT_DATE) for key in (sample.key for sample in samples())}
    for key, known in raw.items():
        number, date = known.get("number", [""])[0], known.get("date", [DEFAULT_DATE])[0]
        facts[key] = Told(str(number), str(date))
    return facts


def file_samples(archive: Archive, keepers: dict[str, Actor]) -> Iterator[str]:
    """File what was described and read, once; the archival numbers as they are given.

    ``keepers``: who files, by the first part of a class; "" for all others.
    """
    by_title = {sample.title: sample for sample in samples()}
    facts = told()
    service = keepers[""]
    with archive.reading() as session:
        rows = records.documents(session, service, DocumentFilter(), limit=200)
    for row in rows:
        sample = by_title.get(row.title)
        if row.archival_no or not row.class_code or (sample is None and "强电" not in row.title):
            continue
        actor = keepers.get(row.class_code.split(".")[0], service)
        try:
            with archive.unit_of_work(actor) as work:
                number = _file(work, row, facts[sample.key] if sample else Told("电施-12", "2019-08-20"))
        except ArchiveError:
            continue  # what the rules keep from being filed stays in the inbox, where a person is told why
        yield number


def _file(work: UnitOfWork, row: DocumentRow, known: Told) -> str:
    code = row.class_code
    described = records.describe(
        work,
        row.id,
        Description(
            title=row.title,
            class_code=code,
            level=row.level,
            file_no=row.file_no,
            doc_number=known.number,
            unit=row.unit,
            owner=row.owner,
            doc_date=known.date,
        ),
        revision=row.revision,
    )
    rule = selectable_class(work, code).retention
    assert rule is not None, "selectable classes have a period"
    pattern = pattern_of(code, rule.kind)
    if pattern is Pattern.ITEM:
        place = Place(fonds=_fonds(row), dept=DEPTS.get(code.split(".")[0], Dept.KF))
    else:
        place = Place(fonds=_fonds(row), file_no=_file_no(work, row, pattern, known))
    facts = FiledFacts(
        responsible=(CENTRE,),
        form=Form.ORIGINAL,
        medium=Medium.BOTH,
        source_kind=SourceKind.SCAN,
        carries_pii=PII[row.level],
        drawing=SHEET if pattern is Pattern.DRAWING else None,
    )
    return records.file_document(work, row.id, facts, place, revision=described.revision).archival_no


def _fonds(row: DocumentRow) -> str:
    """The shops of the street are a project of their own."""
    return "WY02" if row.unit.startswith("A") else "WY01"


def _file_no(work: UnitOfWork, row: DocumentRow, pattern: Pattern, known: Told) -> str:
    """Of the open file of this class and unit; a new one where there is none."""
    title = f"{row.unit or '云栖花园'} {selectable_class(work, row.class_code).name_zh}"
    wanted = CaseFileFilter(row.class_code, records.FileState.OPEN, title)
    for file in records.case_files(work.session, work.actor, wanted, limit=5):
        if file.facts.title == title:
            return file.file_no
    year = int(known.date[:4])
    opened = records.open_case_file(
        work,
        row.class_code,
        FileFacts(title=title, unit="" if pattern is Pattern.DRAWING else row.unit),
        fonds=_fonds(row),
        year=None if pattern is Pattern.DRAWING else year,
        building=row.unit.removesuffix("栋") if pattern is Pattern.DRAWING else "",
    )
    return opened.file_no
