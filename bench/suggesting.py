"""What is proposed of papers that nothing was learnt from: the forty samples as scans, and variations in other words."""

import re
import uuid
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
import yaml
from sqlalchemy import text

from archive_service import records, suggestions
from archive_service.bootstrap import Archive
from archive_service.cli import prepared_archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.masking import mask
from archive_service.records import Description, PageFacts, Received
from archive_service.settings import Settings
from archive_service.suggestions import Field
from archive_service.suggestions.rules.dates import written
from archive_service.suggestions.rules.kept import Kept, told
from archive_service.suggestions.rules.paper import Paper, read
from archive_service.suggestions.rules.trained import FEATURES, features
from bench.figures import Figure
from bench.fonts import chinese_font
from bench.samples import Sample, files
from bench.variations import Variation, variations
from search_index import normalise
from search_index.units import unit_named, units_in
from workers.extraction import PageReading, Reader

FACTS: Final = Path(__file__).parent / "data" / "sample_facts.yaml"
LEARNT_OF_EACH: Final = 12
EXAMINED_OF_EACH: Final = 6
_ANY_NUMBER: Final = re.compile(r"[\u4e00-\u9fff]{3}〔\d{4}〕\d+号|[A-Z]{2,4}-\d{4,8}-\d{2,4}|\d{7}")
WITHOUT_A_UNIT: Final = ("S12", "S17")
"""Samples whose unit is known only from other papers."""


@dataclass(frozen=True, slots=True)
class Examined:
    """A paper as it was read, and what is true of it: several numbers or dates are each right, none: not asked."""

    class_code: str
    pages: tuple[str, ...]
    file_name: str
    unit: str
    numbers: tuple[str, ...]
    days: tuple[str, ...]


@dataclass(slots=True)
class Marks:
    """Right ones of how many, by what was asked."""

    right: Counter[str] = field(default_factory=Counter)
    asked: Counter[str] = field(default_factory=Counter)
    wrong: list[tuple[str, str, str]] = field(default_factory=list)

    def mark(self, what: str, right: bool, wanted: str = "", got: str = "") -> None:
        self.asked[what] += 1
        self.right[what] += right
        if not right:
            self.wrong.append((what, wanted, got))

    def share(self, what: str) -> float:
        return self.right[what] / max(1, self.asked[what])

    def words(self, what: str) -> str:
        return f"{self.share(what):.1%} of {self.asked[what]}"


def figures(folder: Path) -> Iterator[Figure]:
    archive = prepared_archive(Settings(data_dir=folder / "data"))
    try:
        learnt = list(variations(examined=False, of_each=LEARNT_OF_EACH, seed=1))
        examined = [_examined(v) for v in variations(examined=True, of_each=EXAMINED_OF_EACH, seed=2)]
        scanned = list(read_samples(folder))
        cold = examine(archive, examined)
        _file(archive, learnt)
        trained = suggestions.train(archive)
        warm, samples = examine(archive, examined), examine(archive, scanned)
        simple = _rival(learnt, examined)
        yield from _figures(warm, samples, simple, cold)
        yield Figure(
            "learning the classes anew",
            f"{trained.papers} filed papers, {_model_size(archive)} KB; the model alone is right first of "
            f"{trained.accuracy:.1%} held back, some on forms new to it",
        )
    finally:
        archive.close()


def _figures(warm: Marks, samples: Marks, simple: Marks, cold: Marks) -> Iterator[Figure]:
    wanted = {"class": 0.90, "unit": 0.98, "number": 0.95, "date": 0.95}
    names = {
        "class": "right class proposed first",
        "unit": "right unit where one is written",
        "number": "right number of the paper",
        "date": "right date of the paper",
    }
    rivals = {"class": "nearest neighbour by words", "unit": "first one written"}
    for what, least in wanted.items():
        both = (warm.right[what] + samples.right[what]) / (warm.asked[what] + samples.asked[what])
        before = f"; nothing learnt yet {cold.words(what)}" if what == "class" else ""
        yield Figure(
            f"{names[what]}: variations never learnt from / the samples as scans",
            f"{warm.words(what)} / {samples.words(what)}{before}",
            f"≥ {least:.0%}",
            f"{rivals.get(what, 'first one written')}: {simple.words(what)}",
            min(both, warm.share(what)) >= least,
        )


def read_samples(folder: Path) -> Iterator[Examined]:
    """The forty samples drawn as scans, photos and letters, read as the service reads them; no titles are told."""
    facts = yaml.load(FACTS.read_text("utf-8"), yaml.BaseLoader)
    reader = Reader(recognisers=1)
    try:
        for sample, file_name, content in files(chinese_font()):
            path = folder / f"sample{Path(file_name).suffix}"
            path.write_bytes(content)
            pages = tuple(i.text for i in reader.read(path, file_name) if isinstance(i, PageReading))
            # Its file's name would tell too much: it begins with the title.
            yield _sample(sample, pages, path.name, facts.get(sample.key, {}))
    finally:
        reader.close()


def _sample(sample: Sample, pages: tuple[str, ...], name: str, facts: dict[str, list[str]]) -> Examined:
    unit = "" if sample.key in WITHOUT_A_UNIT else sample.unit
    return Examined(
        sample.class_code, pages, name, unit, tuple(facts.get("number", ())), tuple(facts.get("date", ()))
    )


def _examined(v: Variation) -> Examined:
    return Examined(
        v.class_code,
        (v.text,),
        v.file_name,
        v.unit,
        (v.number,) if v.number else (),
        (v.day,) if v.day else (),
    )


def _add(archive: Archive, papers: Sequence[tuple[tuple[str, ...], str, str]]) -> list[int]:
    """(pages, file name, class or "") as documents that were read; ids of their versions."""
    versions = []
    with archive.unit_of_work(service_actor()) as work:
        for pages, name, code in papers:
            received = Received(uuid.uuid4().hex * 2, 1, name)
            document = records.add_document(work, received, Description(class_code=code))
            row = records.document(work.session, work.actor, document)
            records.start_reading(
                work, row.version_id, media_type="image/jpeg", pages_total=len(pages), flags=()
            )
            for number, page in enumerate(pages, 1):
                records.keep_page(work, row.version_id, _page(number, page))
            records.finish_reading(work, row.version_id)
            versions.append(int(row.version_id))
    return versions


def _page(number: int, page: str) -> PageFacts:
    return PageFacts(number, 0, 0, 0, 0, 0, "ocr", page, b"", None, None, None, None)


def _file(archive: Archive, papers: Iterable[Variation]) -> None:
    """As filed papers: numbers from the counter, which is no part of what is measured here, are made up."""
    versions = _add(archive, [((v.text,), v.file_name, v.class_code) for v in papers])
    with archive.unit_of_work(service_actor()) as work:
        work.session.execute(
            text("UPDATE document SET archival_no = 'B-' || hex(id) WHERE class_code IS NOT NULL")
        )
    suggestions.mark_old_papers(archive)
    assert versions


def examine(archive: Archive, papers: Sequence[Examined]) -> Marks:
    """What stands first among the proposals, held against the truth."""
    marks = Marks()
    model = suggestions.active_model(archive)
    versions = _add(archive, [(paper.pages, paper.file_name, "") for paper in papers])
    for paper, version in zip(papers, versions, strict=True):
        with archive.reading() as session:
            thought = suggestions.think(session, version, model)
        first: dict[Field, Kept] = {}
        for kept in told(thought.fields if thought else ()):
            first.setdefault(kept.field, kept)

        def value(name: Field, first: dict[Field, Kept] = first) -> str:
            return first[name].value if name in first else ""

        _mark(
            marks,
            paper,
            value(Field.CLASS_CODE),
            value(Field.UNIT),
            value(Field.DOC_NUMBER),
            value(Field.DOC_DATE),
        )
    return marks


def _mark(marks: Marks, paper: Examined, code: str, unit: str, number: str, day: str) -> None:
    marks.mark("class", code == paper.class_code, paper.class_code, f"{code} | {paper.pages[0][:60]!r}")
    if paper.unit:
        marks.mark("unit", _same_unit(unit, paper.unit), paper.unit, f"{unit} | {paper.pages[0][:90]!r}")
    if paper.numbers:
        marks.mark("number", number in paper.numbers, paper.numbers[0], f"{number} | {paper.pages[0]!r}")
    if paper.days:
        marks.mark("date", day in paper.days, paper.days[0], f"{day} | {paper.pages[0]!r}")


def _same_unit(one: str, other: str) -> bool:
    return one == other or (unit_named(normalise(one)) or one) == (unit_named(normalise(other)) or other)


def _rival(learnt: Sequence[Variation], examined: Sequence[Examined]) -> Marks:
    """The simplest that could do: the class of the paper whose words are nearest, and whatever is written first."""
    rows = np.zeros((len(learnt), FEATURES), dtype=np.float32)
    for at, v in enumerate(learnt):
        rows[at] = _vector(read((mask(v.text),), "", v.file_name))
    marks = Marks()
    for paper in examined:
        evened = read(tuple(map(mask, paper.pages)), "", paper.file_name)
        nearest = learnt[int(np.argmax(rows @ _vector(evened)))].class_code
        unit = next((u.name.replace("/", "-").upper() for u in units_in(evened.flat.lower())), "")
        day = next((w.iso for w in written(evened.flat)), "")
        number = _ANY_NUMBER.search(evened.flat)
        _mark(marks, paper, nearest, unit, number[0] if number else "", day)
    return marks


def _vector(paper: Paper) -> "np.ndarray[tuple[int], np.dtype[np.float32]]":
    vector = np.zeros(FEATURES, dtype=np.float32)
    columns, weights = features(paper)
    vector[columns] = weights
    length = np.linalg.norm(vector)
    return vector / length if length else vector


def _model_size(archive: Archive) -> int:
    with archive.reading() as session:
        rows = suggestions.trained_models(session)
    return rows[0].size // 1024 if rows else 0
