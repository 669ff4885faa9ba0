"""A class became more confidential: so do the papers in it, some at a time."""

from collections.abc import Mapping
from typing import Any

from archive_service import records
from archive_service.kernel.actor import service_actor
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox


def raise_levels(tools: Toolbox, lease: Lease) -> None:
    (payload,) = lease.payloads(tools.archive)
    code, count = str(payload["class_code"]), 1
    while count:
        with tools.archive.unit_of_work(service_actor()) as work:
            count = records.raise_levels(work, code)
            if not count:
                lease.close(work)
            else:
                lease.got_on(work)
        if tools.ending.is_set():
            return  # handed out again at the next start


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """Nothing to take back: papers raised so far stay so, and the message can be sent again."""
