"""A service centre with a renovation going on in 3栋2单元1201."""

from dataclasses import replace
from typing import Final

from archive_service import checklists, records
from archive_service.checklists import Completeness, ItemRow, OpenedFilter, OpenedRow
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level
from archive_service.premises import UnitId
from archive_service.records import (
    CaseFileRow,
    FiledFacts,
    FileFacts,
    Form,
    Medium,
    Pii,
    Place,
    SourceKind,
)
from archive_service.records.rules.numbers import Dept
from tests.premises.town import Town
from tests.support.house import House

FACTS: Final = FiledFacts(
    responsible=("云栖花园客户服务中心",),
    form=Form.ORIGINAL,
    medium=Medium.PAPER,
    source_kind=SourceKind.SCAN,
    carries_pii=Pii.NONE,
)


class Centre:
    def __init__(self, house: House, keeper: Actor, town: Town) -> None:
        self.house, self.keeper, self.town = house, keeper, town
        self.unit: UnitId = town.unit("3栋", "1201", entrance="2")

    def file(self, code: str = "ZX.01", title: str = "3栋2单元1201装修", unit: str = "3-1201") -> CaseFileRow:
        with self.house.work(self.keeper) as work:
            return records.open_case_file(work, code, FileFacts(title=title, unit=unit))

    def renovation(self) -> OpenedRow:
        """Its case file was opened, and with it its list."""
        return self.lists_of(self.file())[0]

    def lists_of(self, file: CaseFileRow) -> list[OpenedRow]:
        with self.house.work() as work:
            checklists.open_for_case_file(work, file.id)
        return self.listed(OpenedFilter(case_file_id=file.id))

    def listed(self, wanted: OpenedFilter, actor: Actor | None = None) -> list[OpenedRow]:
        with self.house.archive.reading() as session:
            return checklists.opened_lists(session, actor or service_actor(), wanted)

    def items(self, opened: OpenedRow, actor: Actor | None = None) -> dict[str, ItemRow]:
        with self.house.archive.reading() as session:
            rows = checklists.items(session, actor or service_actor(), opened.id)
        return {row.entry.code: row for row in rows}

    def item(self, opened: OpenedRow, code: str, actor: Actor | None = None) -> ItemRow:
        return self.items(opened, actor)[code]

    def state(self, opened: OpenedRow, code: str, actor: Actor | None = None) -> str:
        return self.item(opened, code, actor).state.value

    def fullness(self, opened: OpenedRow, actor: Actor | None = None) -> Completeness:
        with self.house.archive.reading() as session:
            return checklists.completeness(session, actor or service_actor(), [opened.id])[opened.id]

    def filed(
        self,
        title: str,
        code: str = "ZX.01",
        *,
        file: CaseFileRow | None = None,
        level: Level | None = None,
        unit: str = "3-1201",
    ) -> DocumentId:
        """A paper of this class, read and filed."""
        paper = self.house.paper(
            title=title,
            class_code=code,
            level=level,
            pages=[title],
            doc_date="2026-03-08",
            unit=unit,
            owner="张示例",
        )
        place = Place(file_no=file.file_no) if file else Place(dept=Dept.KF)
        facts = replace(FACTS, carries_pii=Pii.PERSONAL)
        with self.house.work(self.keeper) as work:
            records.file_document(work, paper, facts, place, revision=1)
        return paper

    def links(self, opened: OpenedRow, code: str, paper: DocumentId, actor: Actor | None = None) -> ItemRow:
        with self.house.work(actor or self.keeper) as work:
            return checklists.link_paper(work, self.item(opened, code).id, document_id=paper)
