"""Things are taken out of the store and put back: the marks of whoever hands them out, such as loans."""

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from archive_service.kernel.errors import N_, Conflict
from archive_service.locations.models import Outing
from archive_service.locations.queries.lying import items_among, outings, placements, with_files
from archive_service.locations.rules.items import ItemRef
from archive_service.unit_of_work import UnitOfWork


class AlreadyOut(Conflict):
    code = "places.already-out"
    message = N_("This is out already: somebody else has it.")


class NotOut(Conflict):
    code = "places.not-out"
    message = N_("This is not out, or somebody put it back already.")


def take_out(work: UnitOfWork, item: ItemRef, why: str) -> None:
    """The item leaves the store; its place is kept for it. ``why``: a code without personal data, such as ``loan:12``.

    What has no place can go out too. A paper is told with its file (``ItemRef.in_file``): it can't go while the file is
    out. Whoever calls has asked for rights. Raises AlreadyOut.
    """
    around = [ref for ref in with_files([item]) if ref != item]
    around += [
        ItemRef(box_id=row.in_box_id)
        for row in placements(work.session, with_files([item])).values()
        if row.in_box_id is not None
    ]
    if outings(work.session, around):
        raise AlreadyOut()
    row = Outing(
        document_id=item.document_id,
        case_file_id=item.case_file_id,
        box_id=item.box_id,
        why=why,
        out_at=work.now,
        out_by=work.actor.user_id,
    )
    try:
        with work.session.begin_nested():
            work.session.add(row)
    except IntegrityError as cause:
        raise AlreadyOut() from cause


def put_back(work: UnitOfWork, item: ItemRef, *, why: str | None = None) -> None:
    """It is back where its place was kept. ``why``: only if it was taken out for this.

    Another place is told by ``place`` afterwards. Whoever calls has asked for rights. Raises NotOut.
    """
    query = select(Outing).where(items_among(Outing, [item]), Outing.back_at.is_(None))
    row = work.session.scalar(query.with_for_update().execution_options(populate_existing=True))
    if row is None or (why is not None and row.why != why):
        raise NotOut()
    row.back_at, row.back_by = work.now, work.actor.user_id
    for placement in placements(work.session, [item]).values():
        placement.missing_at = None
    work.session.flush()
