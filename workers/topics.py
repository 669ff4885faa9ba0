"""The whole asynchronous map on one page: which message goes to which queue, and who takes it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from archive_service.outbox import MOST_TRIES
from workers import (
    bulk,
    checking,
    checklists,
    indexing,
    job_runs,
    levels,
    looking,
    notifying,
    photographs,
    proposing,
    reading,
    rearranging,
    renditions,
    retention,
)
from workers.leases import GiveUp, Lease
from workers.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Topic:
    """``give_up``: called once for each message that failed too often, in the transaction that says so.

    ``batch``: messages handed to one task. ``in_hand``: most that are leased at once, whoever has them.
    """

    queue: str
    handle: Callable[[Toolbox, Lease], None]
    give_up: GiveUp
    batch: int
    in_hand: Callable[[Toolbox], int]
    tries: int = MOST_TRIES
    one_task: bool = False  # the next batch goes out when the one before is done


def readings_in_hand(tools: Toolbox) -> int:
    """Alone: one for each reader and one waiting, so that no reader waits for the relay. With a broker that many
    workers listen to: enough for all of them; what waits longer than its lease is simply sent again."""
    readers = tools.settings.reader_count
    return readers + 1 if tools.is_alone else max(32, 8 * readers)


TOPICS: Final[dict[str, Topic]] = {
    # A file that breaks its reader three times will do so again: then a person is told why.
    "version.received": Topic("read", reading.read_version, reading.give_up, 1, readings_in_hand, tries=3),
    # The index has one writer, and a commit costs the same for one document as for hundreds.
    "version.read": Topic(
        "index", indexing.index_versions, indexing.give_up, 200, lambda _tools: 200, one_task=True
    ),
    "suggestions.propose": Topic("index", proposing.propose, proposing.give_up, 1, lambda _tools: 2),
    "version.check": Topic("jobs", checking.check_version, checking.give_up, 1, lambda _tools: 1),
    "scan.read": Topic("jobs", looking.look, looking.give_up, 1, lambda _tools: 1),
    "scan.rearrange": Topic("read", rearranging.rearrange, rearranging.give_up, 1, lambda _tools: 2, tries=3),
    "rendition.wanted": Topic("read", renditions.make_rendition, renditions.give_up, 1, lambda _tools: 2),
    "class.level-raised": Topic("jobs", levels.raise_levels, levels.give_up, 1, lambda _tools: 1),
    "case-file.opened": Topic("jobs", checklists.open_lists, checklists.give_up, 20, lambda _tools: 20),
    "retention.rule-approved": Topic("jobs", retention.carry_over, retention.give_up, 1, lambda _tools: 1),
    "import.wanted": Topic("jobs", bulk.carry_import, bulk.give_up_import, 1, lambda _tools: 2),
    "edit.wanted": Topic("jobs", bulk.carry_edit, bulk.give_up_edit, 1, lambda _tools: 2),
    "export.wanted": Topic("jobs", bulk.carry_export, bulk.give_up_export, 1, lambda _tools: 1),
    "loan-photo.received": Topic(
        "read", photographs.make_picture, photographs.give_up, 1, lambda _tools: 2, tries=3
    ),
    "notice.sent": Topic("jobs", notifying.fan_out, notifying.give_up_notice, 50, lambda _tools: 50),
    # A server may be away for half a day; each try waits four times as long as the one before.
    "delivery.wanted": Topic("jobs", notifying.send, notifying.give_up, 1, lambda _tools: 1, tries=9),
    "job.wanted": Topic("jobs", job_runs.run_wanted, job_runs.give_up, 1, lambda _tools: 1),
}
