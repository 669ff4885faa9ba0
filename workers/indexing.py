"""Versions go into the search index, as many as wait in one commit: what is known of them, and their pages once
they have been read.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import structlog

from archive_service import records, search
from archive_service.kernel.actor import service_actor
from archive_service.outbox import MOST_TRIES
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox

log = structlog.get_logger()


def index_versions(tools: Toolbox, lease: Lease) -> None:
    """What can't be put into the index fails alone; the others of its batch get in."""
    payloads = lease.payloads(tools.archive)
    asked = dict(zip(lease.ids, (int(payload["version_id"]) for payload in payloads), strict=True))
    refused: dict[int, str] = {}

    def note(version_id: int, error: Exception) -> None:
        log.error("index.version-refused", version=version_id, exc_info=error)
        refused[version_id] = type(error).__name__

    indexed = search.index_versions(tools.archive, sorted(set(asked.values())), note)
    landed = replace(lease, ids=tuple(i for i, version in asked.items() if version not in refused))
    if landed.ids:
        with tools.archive.unit_of_work(service_actor()) as work:
            records.mark_searchable(work, indexed)
            landed.close(work)
    for version_id, error in refused.items():
        failed = replace(lease, ids=tuple(i for i, version in asked.items() if version == version_id))
        failed.fail(tools.archive, error, MOST_TRIES, give_up)


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """Nothing to do: the versions stay as they are, and the nightly comparison announces them again."""
