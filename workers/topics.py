"""The whole asynchronous map on one page: which message goes to which queue, and who takes it."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from archive_service.unit_of_work import UnitOfWork
from workers import indexing, job_runs, reading, renditions
from workers.leases import Lease
from workers.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Topic:
    """``give_up``: called once for each message that failed too often, in the transaction that says so.

    ``batch``: messages handed to one task. ``in_hand``: most that are leased at once, whoever has them.
    """

    queue: str
    handle: Callable[[Toolbox, Lease], None]
    give_up: Callable[[UnitOfWork, Mapping[str, Any]], None]
    batch: int
    in_hand: Callable[[Toolbox], int]


TOPICS: Final[dict[str, Topic]] = {
    # One document at a time for each reader, and one waiting, so that no reader waits for the relay.
    "version.received": Topic(
        "read", reading.read_version, reading.give_up, 1, lambda tools: tools.settings.reader_count + 1
    ),
    # The index has one writer, and a commit costs the same for one document as for hundreds.
    "version.read": Topic("index", indexing.index_versions, indexing.give_up, 200, lambda _tools: 200),
    "rendition.wanted": Topic("read", renditions.make_rendition, renditions.give_up, 1, lambda _tools: 2),
    "job.wanted": Topic("jobs", job_runs.run_wanted, job_runs.give_up, 1, lambda _tools: 1),
}

QUEUES: Final = ("read", "index", "jobs")
