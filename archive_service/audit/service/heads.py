"""Signing the day's last row, and checking the trail against what was signed. The files lie outside the database and
are only ever added."""

import os
import secrets
from collections.abc import Callable
from datetime import datetime, timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service.audit.models import AuditEvent, AuditHead
from archive_service.audit.rules import GENESIS
from archive_service.audit.rules.heads import BadHead, Fault, SignedHead, private_key, read, written
from archive_service.audit.service import append, verify
from archive_service.kernel.clock import business_day
from archive_service.kernel.keys import kept_key

KEY_NAME: Final = "audit-signing"
SIGNED: Final = "audit.head-signed"
SUBJECT: Final = "audit"
_AFTER_MIDNIGHT: Final = timedelta(hours=6)
"""How late the job may come and still speak of the day before."""


def signing_key(data_dir: Path) -> Ed25519PrivateKey:
    """Made when it is first asked for, readable by its owner alone. Raises WeakKey."""
    return private_key(kept_key(data_dir, KEY_NAME))


def sign_head(
    session: Session, now: datetime, actor: str, key: Ed25519PrivateKey, folder: Path
) -> SignedHead | None:
    """Sign the last row there is as that of the day that ends, or ended some hours ago; None if that day has its head.

    The file is durable before the trail tells of it, in the caller's transaction: cut off between the two, the
    next try finds the file and only writes the row. Raises BadHead if the last file is none of this key.
    """
    # Held until the caller commits, so that nothing is on its way before it, and nobody else signs beside it.
    last = session.get(AuditHead, 1, with_for_update=True, populate_existing=True)
    day = business_day(now - _AFTER_MIDNIGHT)
    files = head_files(folder)
    told = {name for name, _ in told_of(session)}
    if files and files[-1].name not in told:
        head = read(files[-1].read_bytes(), key.public_key())
    elif files and files[-1].name.startswith(day.isoformat()):
        return None
    else:
        seq, digest = (last.seq, last.hash) if last else (0, GENESIS)
        before = sha256(files[-1].read_bytes()).hexdigest() if files else ""
        head = SignedHead(day, seq, digest, now, before)
        content = written(head, key)
        _keep(folder, head.file_name, content)
        head = read(content, key.public_key())
    facts = {"day": head.day.isoformat(), "row": head.seq, "file": head.file_name, "digest": head.digest}
    append(session, now, actor, [(SIGNED, SUBJECT, facts)])
    return head


def head_files(folder: Path) -> list[Path]:
    """In the order in which they were signed: by the number of their row."""
    named = [(path, path.stem.rpartition("-")[2]) for path in folder.glob("*.json")]
    numbered = [(int(seq), path.name, path) for path, seq in named if seq.isdecimal()]
    return [path for _, _, path in sorted(numbered)]


def _keep(folder: Path, name: str, content: bytes) -> None:
    """Durable, never over a file that is there. Raises FileExistsError."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = folder / f".{name}.{secrets.token_hex(8)}"
    handle = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, folder / name)
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)
    finally:
        draft.unlink()


def examine(
    session: Session,
    folder: Path,
    key: Ed25519PublicKey,
    progress: Callable[[int], None] | None = None,
) -> list[Fault]:
    """The whole chain, every signed head, and whether the one still holds what the other says. Nothing: all is well."""
    broken = verify(session, progress)
    faults = [] if broken is None else [Fault(broken.what, broken.seq)]
    before, digests = "", {}
    for path in head_files(folder):
        try:
            head = read(path.read_bytes(), key)
        except BadHead:
            faults.append(Fault("head-bad", file=path.name))
            before = ""
            continue
        if before and head.before != before:
            faults.append(Fault("head-order", head.seq, path.name))
        before = head.digest
        digests[path.name] = head.digest
        faults += _against(session, head, path.name)
    bad = {fault.file for fault in faults}
    faults += [
        Fault("head-lost", file=name)
        for name, digest in told_of(session)
        if digests.get(name) != digest and name not in bad
    ]
    return faults


def _against(session: Session, head: SignedHead, name: str) -> list[Fault]:
    if head.seq == 0:
        return []
    held = session.scalar(select(AuditEvent.hash).where(AuditEvent.seq == head.seq))
    if held == head.hash:
        return []
    further = session.scalar(select(AuditEvent.seq).where(AuditEvent.seq > head.seq).limit(1))
    cut = held is None and further is None
    return [Fault("head-cut" if cut else "head-differs", head.seq, name)]


def told_of(session: Session) -> list[tuple[str, str]]:
    """(file, digest) of the heads that the trail tells of."""
    rows = session.scalars(select(AuditEvent).where(AuditEvent.subject == SUBJECT).order_by(AuditEvent.seq))
    return [(str(r.facts["file"]), str(r.facts["digest"])) for r in rows if r.action == SIGNED]
