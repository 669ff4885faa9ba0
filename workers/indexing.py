"""Versions go into the search index, as many as wait in one commit: what is known of them, and their pages once
they have been read.
"""

from collections.abc import Mapping
from typing import Any

from archive_service import records, search
from archive_service.kernel.actor import service_actor
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox


def index_versions(tools: Toolbox, lease: Lease) -> None:
    payloads = lease.payloads(tools.archive)
    ids = sorted({int(payload["version_id"]) for payload in payloads})
    indexed = search.index_versions(tools.archive, ids)
    with tools.archive.unit_of_work(service_actor()) as work:
        records.mark_searchable(work, indexed)
        lease.close(work)


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """Nothing to do: the versions stay as they are, and the nightly comparison announces them again."""
