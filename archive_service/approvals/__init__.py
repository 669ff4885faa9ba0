"""Approvals (审批), once for all capabilities: who asks, whose word it needs, and how it ends.

A capability asks with a kind, a case and a subject of its own. The table of chains says which roles must agree, level by
level and by how many different people; nobody decides on what they asked for, nobody twice, and a deputy's word counts as
that of the person who delegated. What a decision stands on is noted at asking: once it is something else, no word counts.
"""

from archive_service.approvals.queries.chains import ChainRow, chain, chains, history
from archive_service.approvals.queries.delegations import DelegationRow, delegations
from archive_service.approvals.queries.requests import (
    CommentRow,
    CouldDecide,
    RequestRow,
    Signature,
    all_requests,
    asked_by,
    comments,
    could_decide,
    decided_by,
    of_subject,
    of_subjects,
    request,
    signatures,
    waiting_count,
    waiting_for,
)
from archive_service.approvals.rules import (
    STATE_NAMES,
    AlreadyAsked,
    AlreadyDecided,
    ChainStep,
    NotYourTurn,
    OwnRequest,
    RefusalNeedsReason,
    RequestEnded,
    RequestMoved,
    RequestState,
    UnknownCase,
)
from archive_service.approvals.service.asking import ask
from archive_service.approvals.service.chains import are_loaded, change_chain, load_chains
from archive_service.approvals.service.deciding import comment, decide
from archive_service.approvals.service.delegating import delegate, end_delegation
from archive_service.approvals.service.ending import lapse_due, recheck, withdraw
from archive_service.approvals.service.holding import hold
from archive_service.approvals.service.kinds import Follows, Kind, Kinds, gathered

__all__ = [
    "STATE_NAMES",
    "AlreadyAsked",
    "AlreadyDecided",
    "ChainRow",
    "ChainStep",
    "CommentRow",
    "CouldDecide",
    "DelegationRow",
    "Follows",
    "Kind",
    "Kinds",
    "NotYourTurn",
    "OwnRequest",
    "RefusalNeedsReason",
    "RequestEnded",
    "RequestMoved",
    "RequestRow",
    "RequestState",
    "Signature",
    "UnknownCase",
    "all_requests",
    "are_loaded",
    "ask",
    "asked_by",
    "chain",
    "chains",
    "change_chain",
    "comment",
    "comments",
    "could_decide",
    "decide",
    "decided_by",
    "delegate",
    "delegations",
    "end_delegation",
    "gathered",
    "history",
    "hold",
    "lapse_due",
    "load_chains",
    "of_subject",
    "of_subjects",
    "recheck",
    "request",
    "signatures",
    "waiting_count",
    "waiting_for",
    "withdraw",
]
