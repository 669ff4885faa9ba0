"""Title transfer (过户) with its papers: who owns the unit changes, and so do the files of its owners, in one act."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import premises
from archive_service.classification import selectable_class
from archive_service.kernel.actor import Actor, Permission
from archive_service.premises import Decision, Seal, Transfer, TransferRow, UnitId
from archive_service.premises.service.transfer import Undecided
from archive_service.records.models import CaseFile
from archive_service.records.queries.case_files import CaseFileRow
from archive_service.records.queries.documents import documents_by_id
from archive_service.records.rules.case_files import (
    FILE_LENGTHS,
    MOVE_IN_FILE,
    OWNER_FILES,
    FileFacts,
    FileState,
)
from archive_service.records.rules.relations import NoSuchPaper
from archive_service.records.service.case_files import about_unit, close_case_file, open_case_file
from archive_service.records.service.following import Follower, Hung
from archive_service.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Transferred:
    """``closed``: the old owners' files. ``opened``: the new owners', one for each class that was closed."""

    row: TransferRow
    closed: tuple[CaseFileRow, ...]
    opened: tuple[CaseFileRow, ...]


def transfer_title(
    work: UnitOfWork, seal: Seal, unit_id: UnitId, told: Transfer, *, follower: Follower | None
) -> Transferred:
    """Carry out a transfer of title: the register of owners and the owners' files, whole or not at all.

    ``follower``: has more that hangs on the unit, to be decided and carried out with it; None where nobody has.
    Where the old owners had no open file the new ones get a move-in file all the same. Source: workflows.md §5,
    "closes the old owner's file, opens a new file". Raises Forbidden, NoFonds, NoSuchPaper for one that the
    actor does not see, and as ``premises.transfer``.
    """
    work.actor.must(Permission.FILE)
    if told.document_id is not None and not documents_by_id(work.session, work.actor, [told.document_id]):
        raise NoSuchPaper(field="document_id")
    premises.hold_unit_for_transfer(work.session, unit_id)
    also = hung_on(work.session, work.actor, unit_id, follower)
    if any(one.key not in told.decisions for one in also):
        raise Undecided()
    decided = {one.key: told.decisions[one.key] for one in also}
    row = premises.transfer(work, seal, unit_id, replace(told, also=decided))
    unit = premises.unit(work.session, unit_id)
    owners = "、".join(premises.owner_names(work.session, row.opened))[: FILE_LENGTHS["owner"]]
    old = work.session.scalars(
        select(CaseFile)
        .where(
            CaseFile.fonds == unit.project_number,
            CaseFile.class_code.in_(OWNER_FILES),
            about_unit(unit.id, unit.display),
            CaseFile.state == FileState.OPEN.value,
            CaseFile.owner != owners,
        )
        .order_by(CaseFile.id)
    ).all()
    closed = tuple(close_case_file(work, file.id, revision=file.revision, reason=told.reason) for file in old)
    classes = sorted({file.class_code for file in closed} | {MOVE_IN_FILE})
    opened = tuple(
        open_case_file(
            work,
            code,
            FileFacts(
                title=f"{unit.display} {selectable_class(work, code).name_zh}"[: FILE_LENGTHS["title"]],
                unit=unit.display,
                owner=owners,
                cross_ref=_before(closed, code),
            ),
            fonds=unit.project_number,
        )
        for code in classes
    )
    if follower is not None:
        ending = [key for key, decision in decided.items() if decision is Decision.END]
        follower.end(work, ending, told.reason)
    return Transferred(row, closed, opened)


def hung_on(session: Session, actor: Actor, unit_id: UnitId, follower: Follower | None) -> Sequence[Hung]:
    """What a person must decide upon besides ``premises.hanging``. Raises NotFound."""
    if follower is None:
        return ()
    unit = premises.unit(session, unit_id)
    files = select(CaseFile.id).where(
        CaseFile.fonds == unit.project_number,
        CaseFile.class_code.in_(OWNER_FILES),
        about_unit(unit.id, unit.display),
        CaseFile.state == FileState.OPEN.value,
    )
    return follower.hanging(session, actor, unit.id, session.scalars(files).all())


def _before(closed: tuple[CaseFileRow, ...], class_code: str) -> str:
    """The old owners' files of this class, for the cover of the new one."""
    numbers = [file.file_no for file in closed if file.class_code == class_code]
    return "、".join(numbers)[: FILE_LENGTHS["cross_ref"]]
