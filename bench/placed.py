"""What becomes of papers after filing, in the sample archive: one under another department, two that are linked, a level
that somebody wants lowered, and a period that the file plan changed after a paper was filed under it."""

from dataclasses import replace
from typing import Final

from archive_service import classification, records
from archive_service.bootstrap import Archive
from archive_service.classification.rules import retention_of
from archive_service.classification.rules.plan import Figure, Limit, RetentionKind
from archive_service.classification.service import change_class
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.levels import Level
from archive_service.records import Dept, Description, DocumentFilter, DocumentRow, Place, RelationKind

_MOST: Final = 200
_LOG: Final = "WS.07"


def place_anew(archive: Archive, archivist: Actor) -> str:
    """Once; the number that a paper got in its right place, "" where that was done, or there is nothing to show."""
    with archive.reading() as session:
        rows = records.documents(session, archivist, DocumentFilter(filed=True), sort="newest", limit=_MOST)
        by_class = {row.class_code: row for row in rows}
        awards, snag, move_in = (by_class.get(code) for code in ("WS.04", "KJ.08", "YZ.01"))
        filing = records.filing(session, awards.id) if awards else None
    if awards is None or filing is None or filing.dept != Dept.BG:
        return ""
    with archive.unit_of_work(archivist) as work:
        moved = records.change_place(
            work,
            awards.id,
            awards.class_code,
            Place(dept=Dept.KF),
            revision=awards.revision,
            reason="部门填错，应为客服",
        )
        if snag and move_in:
            records.relate_documents(
                work, snag.id, move_in.id, RelationKind.REFERS_TO, note="收楼时已记录渗水"
            )
    if log := by_class.get(_LOG):
        _ask_lower(archive, archivist, log)
        _keep_longer(archive)
    return moved.archival_no


def _ask_lower(archive: Archive, archivist: Actor, row: DocumentRow) -> None:
    """Raised when it was filed; now it shall come down again, which somebody else decides."""
    known = Description(
        row.title, row.class_code, row.file_no, row.doc_number, row.unit, row.owner, row.doc_date
    )
    with archive.unit_of_work(archivist) as work:
        raised = replace(known, level=Level.PERSONAL)
        records.describe(work, row.id, raised, revision=row.revision, reason="内有业主电话")
        records.ask_lower_level(work, row.id, Level.INTERNAL, reason="复核：只有分机号码，没有个人信息")


def _keep_longer(archive: Archive) -> None:
    """Logs are kept five years from now on; those filed before wait for the archivist's word."""
    with archive.unit_of_work(service_actor("cli")) as work:
        plan = classification.plan_in_force(work.session)
        assert plan is not None, "every start loads the shipped plan if there is none"
        known = plan.by_code[_LOG]
        rule = retention_of(
            plan,
            known.retention,
            kind=RetentionKind.FIXED,
            years=5,
            trigger="year_end",
            limit=Limit.MIN,
            figure=Figure.PRACTICE,
        )
        changed = replace(known, retention=rule)
        change_class(work, changed, reason="审计要求交接班记录多留两年", seen=plan.number)
