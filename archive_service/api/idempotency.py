"""A POST that may be sent twice: the same key from the same person has one effect and always the same answer.

The key's row is inserted in the very transaction of the effect. Whoever comes second, in whatever process,
waits at the primary key until the first has committed and then reads its answer; if the first failed, the
second takes its place. Answers that changed nothing (errors) are not kept.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from archive_service.api.models import IdempotentRequest
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import N_, Busy, Invalid
from archive_service.unit_of_work import UnitOfWork

KEPT: Final = timedelta(hours=48)
_KEY: Final = re.compile(r"[!-~]{1,128}", re.ASCII)


class KeyReused(Invalid):
    code = "idempotency.key-reused"
    message = N_("This Idempotency-Key was used for another request before. Take a new key for new content.")


class BadKey(Invalid):
    code = "idempotency.bad-key"
    message = N_("An Idempotency-Key has 1 to 128 visible ASCII characters.")


class _Taken(Exception):
    """Somebody else inserted the key between our look and our insert."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """``key`` as the client sent it; ``fingerprint`` tells whether the content is the same."""

    key: str
    fingerprint: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What is answered: status, JSON body, and headers that can be made anew from neither."""

    status: int
    body: Mapping[str, Any]
    headers: Mapping[str, str] = field(default_factory=dict)
    replayed: bool = False


def check_key(key: str) -> str:
    """Raises BadKey."""
    if _KEY.fullmatch(key) is None:
        raise BadKey(field="Idempotency-Key")
    return key


def fingerprint(*parts: str) -> str:
    """SHA-256, hex, over the parts, each with its length so that none can run into the next."""
    hashed = hashlib.sha256()
    for part in parts:
        data = part.encode("utf-8", "surrogatepass")
        hashed.update(f"{len(data)}:".encode())
        hashed.update(data)
    return hashed.hexdigest()


def once(
    archive: Archive, actor: Actor, attempt: Attempt | None, effect: Callable[[UnitOfWork], Reply]
) -> Reply:
    """Run ``effect`` in one unit of work, or give the answer it gave before. Without a key: just run it.

    Raises KeyReused, and whatever ``effect`` raises; nothing is kept then.
    """
    if attempt is None or actor.user_id is None:
        with archive.unit_of_work(actor) as work:
            return effect(work)
    for _ in range(3):
        try:
            with archive.unit_of_work(actor) as work:
                return _known(work, attempt) or _run(work, attempt, effect)
        except _Taken:
            continue
    # The key was taken and given up again three times: its senders all fail, so the client may as well wait.
    raise Busy()


def _known(work: UnitOfWork, attempt: Attempt) -> Reply | None:
    row = work.session.get(IdempotentRequest, (work.actor.user_id, attempt.key))
    if row is None:
        return None
    if row.fingerprint != attempt.fingerprint:
        raise KeyReused(field="Idempotency-Key")
    return Reply(row.status, row.answer["body"], row.answer["headers"], replayed=True)


def _run(work: UnitOfWork, attempt: Attempt, effect: Callable[[UnitOfWork], Reply]) -> Reply:
    row = IdempotentRequest(
        user_id=work.actor.user_id,
        key=attempt.key,
        fingerprint=attempt.fingerprint,
        status=0,
        answer={},
        created_at=work.now,
    )
    work.session.add(row)
    try:
        work.session.flush()
    except IntegrityError as error:
        raise _Taken() from error
    reply = effect(work)
    row.status = reply.status
    row.answer = {"body": dict(reply.body), "headers": dict(reply.headers)}
    work.session.flush()
    return replace(reply, replayed=False)


def prune(session: Session, now: datetime, limit: int = 10_000) -> int:
    """Forget answers older than KEPT, at most ``limit``; how many. Call again while it is ``limit``."""
    row = IdempotentRequest
    old = session.execute(
        select(row.user_id, row.key).where(row.created_at <= now - KEPT).order_by(row.created_at).limit(limit)
    ).all()
    by_user: dict[int, list[str]] = {}
    for user_id, key in old:
        by_user.setdefault(user_id, []).append(key)
    for user_id, keys in by_user.items():
        for some in _in_hundreds(keys):
            session.execute(delete(row).where(row.user_id == user_id, row.key.in_(some)))
    return len(old)


def _in_hundreds(keys: list[str]) -> Iterable[list[str]]:
    return (keys[at : at + 100] for at in range(0, len(keys), 100))
