"""A case file was opened: so are the checklists of its class."""

from collections.abc import Mapping
from typing import Any

from archive_service import checklists
from archive_service.kernel.actor import service_actor
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox


def open_lists(tools: Toolbox, lease: Lease) -> None:
    """A message that comes twice opens them once."""
    payloads = lease.payloads(tools.archive)
    with tools.archive.unit_of_work(service_actor()) as work:
        for payload in payloads:
            checklists.open_for_case_file(work, int(payload["case_file_id"]))
        lease.close(work)


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """Nothing to take back: a person opens the list from the page of the file."""
