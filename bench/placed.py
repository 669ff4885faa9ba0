"""What becomes of papers after filing, in the sample archive: one in another class, two that are linked, a level that
somebody wants lowered, and a period that the file plan changed after papers were filed under it."""

from dataclasses import replace
from typing import Final

from archive_service import classification, records
from archive_service.bootstrap import Archive
from archive_service.classification.rules import retention_of
from archive_service.classification.rules.plan import Figure, Limit, RetentionKind
from archive_service.classification.service import change_class
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.levels import Level
from archive_service.records import DocumentFilter, DocumentRow, Place, RelationKind

_NOTICES: Final = "WS.02"


def place_anew(archive: Archive, archivist: Actor) -> str:
    """Once; the number that a paper got in its right class, "" where there is nothing to show it with."""
    with archive.reading() as session:
        wanted = DocumentFilter(class_code=_NOTICES, filed=True)
        notices = records.documents(session, archivist, wanted, sort="newest", limit=10)
        filed = records.documents(session, archivist, DocumentFilter(filed=True), sort="newest", limit=50)
        done = any(row.class_code == f"{_NOTICES}.Z" for row in notices)
    plain = [row for row in notices if row.class_code == _NOTICES]
    if done or len(plain) < 2:
        return ""
    with archive.unit_of_work(archivist) as work:
        moved = records.change_place(
            work,
            plain[0].id,
            f"{_NOTICES}.Z",
            Place(),
            revision=plain[0].revision,
            reason="收费标准公示，应归重要公告",
        )
        records.relate_documents(work, plain[0].id, plain[1].id, RelationKind.SUPERSEDES, note="以新公示为准")
    _ask_lower(archive, archivist, filed)
    _keep_longer(archive)
    return moved.archival_no


def _ask_lower(archive: Archive, archivist: Actor, filed: list[DocumentRow]) -> None:
    """A level above that of its class is asked to come down; somebody else decides."""
    with archive.reading() as session:
        levels = {row.code: row.level for row in classification.class_rows(session)}
    for row in filed:
        if levels[row.class_code].rank < row.level.rank:
            with archive.unit_of_work(archivist) as work:
                records.ask_lower_level(
                    work, row.id, Level(levels[row.class_code]), reason="复核：没有个人信息"
                )
            return


def _keep_longer(archive: Archive) -> None:
    """Notices are kept fifteen years from now on; those filed before wait for the archivist's word."""
    with archive.unit_of_work(service_actor("cli")) as work:
        plan = classification.plan_in_force(work.session)
        assert plan is not None, "every start loads the shipped plan if there is none"
        known = plan.by_code[_NOTICES]
        rule = retention_of(
            plan,
            known.retention,
            kind=RetentionKind.FIXED,
            years=15,
            trigger="year_end",
            limit=Limit.MIN,
            figure=Figure.PRACTICE,
        )
        change_class(work, replace(known, retention=rule), reason="业委会要求公告多留五年", seen=plan.number)
