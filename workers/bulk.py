"""Imports, edits and exports of many papers: thin tasks, which leave at the next paper when the process is to end."""

from collections.abc import Callable, Mapping
from typing import Any

from archive_service import bulk
from archive_service.kernel.actor import service_actor
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox


def carry_import(tools: Toolbox, lease: Lease) -> None:
    """Check what nobody has looked at yet, bring in what somebody decided."""
    import_id = bulk.ImportId(_id(tools, lease, "import_id"))
    bulk.importing.check(tools.archive, import_id)
    if bulk.importing.run(tools.archive, import_id, _stopper(tools, lease)):
        _close(tools, lease)


def carry_edit(tools: Toolbox, lease: Lease) -> None:
    edit_id = bulk.EditId(_id(tools, lease, "edit_id"))
    if bulk.editing.run(tools.archive, edit_id, _stopper(tools, lease)):
        _close(tools, lease)


def carry_export(tools: Toolbox, lease: Lease) -> None:
    export_id = bulk.ExportId(_id(tools, lease, "export_id"))
    # Nothing of it stays before all of it is there, so that deaths in between count.
    if bulk.exporting.run(tools.archive, export_id, tools.ending.is_set):
        _close(tools, lease)


def _id(tools: Toolbox, lease: Lease, name: str) -> int:
    (payload,) = lease.payloads(tools.archive)
    return int(payload[name])


def _stopper(tools: Toolbox, lease: Lease) -> Callable[[], bool]:
    """Asked between two steps, each of which stays: being killed in a later one says nothing against the message."""

    def stop() -> bool:
        if tools.ending.is_set():
            return True  # handed out again at the next start
        with tools.archive.unit_of_work(service_actor()) as work:
            lease.got_on(work)
        return False

    return stop


def _close(tools: Toolbox, lease: Lease) -> None:
    with tools.archive.unit_of_work(service_actor()) as work:
        lease.close(work)


def give_up_import(work: UnitOfWork, payload: Mapping[str, Any]) -> None:
    bulk.importing.give_up(work, bulk.ImportId(int(payload["import_id"])))


def give_up_edit(work: UnitOfWork, payload: Mapping[str, Any]) -> None:
    bulk.editing.give_up(work, bulk.EditId(int(payload["edit_id"])))


def give_up_export(work: UnitOfWork, payload: Mapping[str, Any]) -> None:
    bulk.exporting.give_up(work, bulk.ExportId(int(payload["export_id"])))
