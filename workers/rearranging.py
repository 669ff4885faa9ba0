"""Pages of scans are put together as new papers, as a person asked."""

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Final

from archive_service import people, records, scans
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import ArchiveError
from archive_service.kernel.ids import UserId
from archive_service.records import PageFacts, Received
from archive_service.scans import Made, Part, RequestRow, RequestState
from archive_service.unit_of_work import UnitOfWork
from storage import BlobMissing, Digest
from workers.extraction import PageReading, Reason, Unreadable
from workers.leases import Lease
from workers.reading import kept_pictures
from workers.renditions import chunks, workshop
from workers.toolbox import Toolbox

_FORBIDDEN: Final = "forbidden"


def rearrange(tools: Toolbox, lease: Lease) -> None:
    """Whatever is killed on the way is made again: papers come in with the message's end, in one transaction."""
    (payload,) = lease.payloads(tools.archive)
    request_id = int(payload["rearrangement_id"])
    with tools.archive.reading() as session:
        row = scans.request_unchecked(session, request_id)
        actor = people.actor_of(session, UserId(row.created_by), tools.archive.clock.now(), via="job")
        sources = [records.version_by_id(session, version_id) for version_id in row.source_versions]
    trouble = _FORBIDDEN if actor is None else ""
    made: list[Made] = []
    if row.state is RequestState.WANTED and actor is not None:
        try:
            made = _made(tools, row, [(s.digest, s.file_name) for s in sources])
        except Unreadable as problem:
            if problem.reason is Reason.CRASHED:
                raise  # somebody may have killed the child: tried again, and given up if it goes on
            trouble = f"reading.{problem.reason.value}"
        except BlobMissing:
            trouble = "reading.bytes_missing"
        if not trouble:
            try:
                with tools.archive.unit_of_work(actor) as work:
                    scans.finish(work, request_id, made)
                    lease.close(work)
                return
            except ArchiveError as error:
                if error.code.startswith("outbox."):
                    raise
                trouble = error.code
    with tools.archive.unit_of_work(service_actor()) as work:
        scans.fail(work, request_id, trouble)
        lease.close(work)


def _made(tools: Toolbox, row: RequestRow, sources: Sequence[tuple[str, str]]) -> list[Made]:
    blobs = tools.archive.blobs
    with workshop(tools) as folder, ExitStack() as held:
        paths = [(held.enter_context(blobs.local_path(Digest(digest))), name) for digest, name in sources]
        with tools.archive.reading() as session:
            rotations = [
                {page.number: page.rotation for page in records.page_rows(session, version_id)}
                for version_id in row.source_versions
            ]
        outs = [Path(folder) / f"{number}.pdf" for number in range(1, len(row.plan.parts) + 1)]
        leaves = [
            [
                # As it is shown now, and as much further as was asked for.
                (leaf.source, leaf.page, (rotations[leaf.source].get(leaf.page, 0) + leaf.turn) % 360)
                for leaf in part.leaves
            ]
            for part in row.plan.parts
        ]
        tools.reader.compose(paths, list(zip(leaves, outs, strict=True)))
        made = []
        for number, (part, out) in enumerate(zip(row.plan.parts, outs, strict=True), 1):
            blob = blobs.put(chunks(out))
            name = _name(sources[part.leaves[0].source][1], number, len(outs))
            received = Received(blob.digest, blob.size, name, "application/pdf")
            made.append(Made(received, _read_anew(tools, out, name, part)))
            out.unlink()
        return made


def _name(source: str, number: int, count: int) -> str:
    stem = source.rpartition(".")[0] or source
    return f"{stem[:150]}-{number}.pdf" if count > 1 else f"{stem[:150]}.pdf"


def _read_anew(tools: Toolbox, path: Path, name: str, part: Part) -> dict[int, PageFacts]:
    """Pages that were turned by hand: what was read of them lay on its side, and they shall stay as they were turned."""
    turned = {number for number, leaf in enumerate(part.leaves, 1) if leaf.turn}
    if not turned:
        return {}
    rest = set(range(1, len(part.leaves) + 1)) - turned
    pages = [
        page
        for page in tools.reader.read(path, name, done=rest, upright=True)
        if isinstance(page, PageReading)
    ]
    return {facts.number: facts for facts in kept_pictures(tools, pages)}


def give_up(work: UnitOfWork, payload: Mapping[str, Any]) -> None:
    """Failed too often: the page says so, and everything has stayed as it was."""
    scans.fail(work, int(payload["rearrangement_id"]), f"reading.{Reason.CRASHED.value}")
