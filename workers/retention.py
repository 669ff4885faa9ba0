"""Somebody approved a newer rule for filed papers: they go over to it, some at a time."""

from collections.abc import Mapping
from typing import Any

from archive_service import records
from archive_service.kernel.actor import service_actor
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox


def carry_over(tools: Toolbox, lease: Lease) -> None:
    (payload,) = lease.payloads(tools.archive)
    approval_id, count = int(str(payload["approval_id"])), 1
    while count:
        with tools.archive.unit_of_work(service_actor()) as work:
            count = records.carry_over(work, approval_id)
            if not count:
                lease.close(work)
            else:
                lease.got_on(work)
        if tools.ending.is_set():
            return  # handed out again at the next start


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """Nothing to take back: papers that went over stay so, and the message can be sent again."""
