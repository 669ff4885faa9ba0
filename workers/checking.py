"""The four-property check in the background: bytes read once more, a report kept."""

from collections.abc import Mapping
from typing import Any

from archive_service import records
from archive_service.kernel.actor import service_actor
from archive_service.records.rules.four_properties import CheckStage
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox


def check_version(tools: Toolbox, lease: Lease) -> None:
    (payload,) = lease.payloads(tools.archive)
    version_id = int(payload["version_id"])
    with tools.archive.reading() as session:
        version = records.version_by_id(session, version_id)
    proof = records.prove_version(tools.archive, version.id, version.digest)
    with tools.archive.unit_of_work(service_actor()) as work:
        records.check_version(work, version_id, proof, CheckStage(payload["stage"]))
        lease.close(work)


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """The report stays without the line about its bytes; the nightly check of the store tells of those."""
