"""Scans (扫描件) as they come off the glass: split, merged, turned; separator sheets; what looks like what.

A person asks for pages to be taken apart or put together; the background makes new papers of them, and the sources
stay as they were. After a scan has been read it is looked at: for separator sheets, by which splitting it is proposed,
and for prints, by which papers that look alike find each other.
"""

from archive_service.scans.queries.looks import (
    LookAlike,
    Proposal,
    blank_pages,
    look_alikes,
    look_alikes_of_many,
    looked_at,
    proposals,
)
from archive_service.scans.queries.requests import (
    RequestRow,
    own_requests,
    request,
    request_unchecked,
    requests_of,
    seen_papers,
    underway,
)
from archive_service.scans.rules.likeness import Likeness, Print
from archive_service.scans.rules.plans import (
    MOVABLE,
    Leaf,
    Part,
    Plan,
    RearrangementId,
    RequestState,
    Source,
    read_parts,
    write_parts,
)
from archive_service.scans.service.looking import PageSeen, keep_look, separator_sheet
from archive_service.scans.service.rearranging import (
    Made,
    decline_proposal,
    fail,
    finish,
    rearrange,
    take_proposal,
    undo,
)

__all__ = [
    "MOVABLE",
    "Leaf",
    "Likeness",
    "LookAlike",
    "Made",
    "PageSeen",
    "Part",
    "Plan",
    "Print",
    "Proposal",
    "RearrangementId",
    "RequestRow",
    "RequestState",
    "Source",
    "blank_pages",
    "decline_proposal",
    "fail",
    "finish",
    "keep_look",
    "look_alikes",
    "look_alikes_of_many",
    "looked_at",
    "own_requests",
    "proposals",
    "read_parts",
    "rearrange",
    "request",
    "request_unchecked",
    "requests_of",
    "seen_papers",
    "separator_sheet",
    "take_proposal",
    "underway",
    "undo",
    "write_parts",
]
