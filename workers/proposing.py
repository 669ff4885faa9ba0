"""Proposals for papers that have been read."""

from collections.abc import Mapping
from typing import Any

from archive_service import suggestions
from archive_service.kernel.actor import service_actor
from archive_service.unit_of_work import UnitOfWork
from workers.leases import Lease
from workers.toolbox import Toolbox


def propose(tools: Toolbox, lease: Lease) -> None:
    (payload,) = lease.payloads(tools.archive)
    version_id = int(payload["version_id"])
    model = suggestions.active_model(tools.archive)
    # Thought over while reading, so that nobody waits for a writer.
    with tools.archive.reading() as session:
        thought = suggestions.think(session, version_id, model)
    with tools.archive.unit_of_work(service_actor()) as work:
        suggestions.propose(work, version_id, thought)
        lease.close(work)


def give_up(_work: UnitOfWork, _payload: Mapping[str, Any]) -> None:
    """Nothing to do: the paper waits in the inbox without a proposal, and a person describes it."""
