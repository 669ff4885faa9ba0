"""The four-property check (四性检测): at filing, of a new version of a filed paper, and whenever somebody asks.

The bytes are read and hashed before any transaction (``prove``); what was found is good for that version only.
"""

import uuid
from dataclasses import dataclass
from typing import Final

from sqlalchemy import select, update

from archive_service import classification
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Conflict, Forbidden, NotFound, StorageBroken
from archive_service.kernel.levels import Level
from archive_service.records.models import (
    Document,
    Drawing,
    Filing,
    PropertyCheck,
    PropertyCheckLine,
    Version,
)
from archive_service.records.queries import checking as queries
from archive_service.records.queries import documents as document_queries
from archive_service.records.queries.checking import CheckRow
from archive_service.records.queries.filing import facts_of
from archive_service.records.rules import NeedsReason, TooLong, VersionState, WrongState, clean_text
from archive_service.records.rules.filing import FiledFacts, is_about_a_unit
from archive_service.records.rules.four_properties import (
    CHECKER,
    CheckStage,
    Line,
    Subject,
    Verdict,
    examine,
    failure,
    verdict_of,
)
from archive_service.records.rules.state_secrets import mark_in_title
from archive_service.records.service.case_files import may_file
from archive_service.records.service.indexing import announce
from archive_service.unit_of_work import UnitOfWork
from storage import BlobDamaged, BlobMissing, StorageError, parse_digest

_DAMAGED: Final = "damaged"
_CURRENT: Final = select(Version).where(Version.is_current).execution_options(populate_existing=True)


class ConfirmedAlready(Conflict):
    code = "check.confirmed"
    message = N_("Somebody has confirmed these warnings already, or there are none.")


@dataclass(frozen=True, slots=True)
class Proof:
    """What the bytes of one version were found to be: ``digest`` is "" where they are missing."""

    version_id: int
    digest: str


def prove(archive: Archive, actor: Actor, document_id: uuid.UUID) -> Proof:
    """Read and hash the bytes of the current version; no transaction is open meanwhile.

    Raises NotFound, also for what the actor may not see; StorageBroken.
    """
    with archive.reading() as session:
        row = document_queries.document(session, actor, document_id)
    return prove_version(archive, row.version_id, row.digest)


def prove_version(archive: Archive, version_id: int, digest: str) -> Proof:
    try:
        archive.blobs.verify(parse_digest(digest))
    except BlobMissing:
        return Proof(version_id, "")
    except BlobDamaged:
        return Proof(version_id, _DAMAGED)
    except StorageError as error:
        raise StorageBroken() from error
    return Proof(version_id, digest)


@dataclass(frozen=True, slots=True)
class Examined:
    """A check that has been made and is not kept yet. ``proven``: whether the bytes were read for it."""

    version_id: int
    lines: tuple[Line, ...]
    proven: bool


def examine_for_filing(
    work: UnitOfWork, document: Document, facts: FiledFacts, proof: Proof | None
) -> Examined:
    """The check before a paper is filed as these ``facts`` say. Raises CheckFailed, WrongState."""
    version = _current(work, document.id)
    if proof is not None and proof.version_id != version.id:
        raise WrongState()  # the bytes of another version were looked at
    examined = Examined(version.id, _examined(work, document, version, facts, proof), proof is not None)
    _must_hold(examined.lines)
    return examined


def _must_hold(lines: tuple[Line, ...]) -> None:
    """Raises CheckFailed."""
    failed = [line for line in lines if line.verdict is Verdict.FATAL]
    if failed:
        raise failure(failed)


def keep_check(work: UnitOfWork, document_id: uuid.UUID, examined: Examined, stage: CheckStage) -> int:
    """Its id. What nobody read the bytes for is checked once more in the background."""
    check = PropertyCheck(
        document_id=document_id,
        version_id=examined.version_id,
        stage=stage.value,
        checker=CHECKER,
        at=work.now,
        by=work.actor.user_id,
        verdict=verdict_of(examined.lines).value,
    )
    work.session.add(check)
    work.session.flush()
    work.session.add_all(
        PropertyCheckLine(
            check_id=check.id,
            code=line.code,
            position=position,
            verdict=line.verdict.value,
            words=line.words,
            figures=dict(line.figures),
        )
        for position, line in enumerate(examined.lines)
    )
    work.session.flush()
    if not examined.proven:
        work.publish("version.check", version_id=examined.version_id, stage=CheckStage.DELIVERY.value)
    work.audit(
        "document.checked",
        f"document:{document_id}",
        check=check.id,
        stage=stage.value,
        verdict=check.verdict,
        warnings=sum(line.verdict is Verdict.WARN for line in examined.lines),
    )
    return int(check.id)


def check_document(work: UnitOfWork, document_id: uuid.UUID, proof: Proof) -> CheckRow:
    """Check the current version now, filed or not, and keep the report. Raises NotFound, Forbidden, WrongState."""
    work.actor.must(Permission.SEARCH)
    row = document_queries.document(work.session, work.actor, document_id)
    must_check(work.actor, row.class_code)
    document = work.session.get(Document, document_id, with_for_update=True, populate_existing=True)
    if document is None or document.discarded_at is not None:
        raise NotFound()
    version = _current(work, document.id)
    if proof.version_id != version.id:
        raise WrongState()
    return _checked(work, document, version, proof, CheckStage.REVIEW)


def may_check(actor: Actor, class_code: str) -> bool:
    """Whether the actor may have a paper of the class checked and confirm its warnings: who files it may."""
    if not actor.may(Permission.FILE):
        return False
    return may_file(actor, class_code) if class_code else True


def must_check(actor: Actor, class_code: str) -> None:
    """Raises Forbidden: before anything costly is begun."""
    if not may_check(actor, class_code):
        raise Forbidden()


def check_version(work: UnitOfWork, version_id: int, proof: Proof, stage: CheckStage) -> CheckRow | None:
    """The check in the background; None for a version of which nothing more is to be found out.

    A new version of a filed paper that fails is set aside: the one before it is the current one again.
    """
    version = work.session.get(Version, version_id)
    if version is None:
        raise NotFound()
    # The document first, as everybody locks them who changes both.
    document = work.session.get(Document, version.document_id, with_for_update=True, populate_existing=True)
    work.session.refresh(version, with_for_update=True)
    if document is None or document.archival_no is None or version.state not in _SETTLED:
        return None
    row = _checked(work, document, version, proof, stage)
    if stage is CheckStage.VERSION and row.verdict is Verdict.FATAL and version.is_current:
        _set_aside(work, document, version)
    return row


_SETTLED: Final = (
    VersionState.READABLE,
    VersionState.SEARCHABLE,
    VersionState.QUARANTINED,
    VersionState.NEEDS_ATTENTION,
)


def _set_aside(work: UnitOfWork, document: Document, version: Version) -> None:
    query = select(Version).where(Version.document_id == document.id, Version.id < version.id)
    earlier = work.session.scalars(query.order_by(Version.number.desc()).with_for_update()).all()
    verdicts = queries.latest_verdicts(work.session, [one.id for one in earlier])
    good = next((one for one in earlier if verdicts.get(one.id) is not Verdict.FATAL), None)
    if good is None:
        return
    version.is_current = False
    work.session.flush()
    good.is_current = True
    work.session.flush()
    for one in (good, version):
        announce(work, one)
    work.audit("version.set-aside", f"document:{document.id}", version=version.number, current=good.number)


def confirm_warnings(work: UnitOfWork, document_id: uuid.UUID, check_id: int, note: str) -> CheckRow:
    """Say that a person has seen a report's warnings, and why they may stand.

    Raises NotFound, Forbidden, NeedsReason, TooLong, ConfirmedAlready.
    """
    work.actor.must(Permission.FILE)
    row = document_queries.document(work.session, work.actor, document_id)
    must_check(work.actor, row.class_code)
    note = clean_text(note)
    if not note:
        raise NeedsReason(field="note")
    if len(note) > 255:
        raise TooLong(field="note", most=255)
    if queries.check_by_id(work.session, work.actor, document_id, check_id) is None:
        raise NotFound()
    open_one = (
        PropertyCheck.id == check_id,
        PropertyCheck.verdict == Verdict.WARN.value,
        PropertyCheck.confirmed_at.is_(None),
    )
    values = {"confirmed_at": work.now, "confirmed_by": work.actor.user_id, "confirmed_note": note}
    done = work.session.execute(
        update(PropertyCheck).where(*open_one).values(**values).returning(PropertyCheck.id)
    ).scalar_one_or_none()
    if done is None:
        raise ConfirmedAlready()
    work.session.expire_all()
    work.audit("document.warnings-confirmed", f"document:{document_id}", check=check_id)
    kept = queries.check_by_id(work.session, work.actor, document_id, check_id)
    assert kept is not None, "it was there a moment ago"
    return kept


def _checked(
    work: UnitOfWork, document: Document, version: Version, proof: Proof, stage: CheckStage
) -> CheckRow:
    filing = work.session.get(Filing, document.id)
    facts = facts_of(filing, work.session.get(Drawing, document.id)) if filing else None
    examined = Examined(version.id, _examined(work, document, version, facts, proof), proven=True)
    check_id = keep_check(work, document.id, examined, stage)
    row = queries.check_by_id(work.session, work.actor, document.id, check_id)
    assert row is not None, "it was kept a moment ago"
    return row


def _current(work: UnitOfWork, document_id: uuid.UUID) -> Version:
    return work.session.scalars(_CURRENT.where(Version.document_id == document_id).with_for_update()).one()


def _examined(
    work: UnitOfWork, document: Document, version: Version, facts: FiledFacts | None, proof: Proof | None
) -> tuple[Line, ...]:
    class_row = classification.class_row(work.session, document.class_code) if document.class_code else None
    pages = queries.page_figures(work.session, version.id)
    drawing = facts.drawing if facts else None
    return examine(
        Subject(
            today=business_day(work.now),
            digest=version.digest,
            found_digest=None if proof is None else proof.digest,
            size=version.size,
            file_name=version.file_name,
            media_type=version.media_type,
            state=VersionState(version.state),
            trouble=version.trouble or "",
            flags=tuple(version.flags),
            has_source=version.created_by is not None,
            events=queries.receipt_events(work.session, document.id, version.digest),
            doc_date=document.doc_date,
            class_code=document.class_code or "",
            class_known=class_row is not None,
            level_high_enough=class_row is None or Level(document.level).rank >= class_row.level.rank,
            missing=_missing(document, facts),
            declared_pages=facts.pages if facts else None,
            pages_total=version.pages_total,
            pages_read=version.pages_read,
            pages_with_text=pages.with_text,
            pages_unsure=pages.unsure,
            sheets=pages.sheets,
            attachments=pages.attachments,
            properties=dict(version.properties or {}),
            drawing_sheet=drawing.sheet if drawing else "",
            series=queries.series_of(work.session, document.id),
            marked="" if version.unmarked_at else pages.marked or mark_in_title(document.title),
        )
    )


def _missing(document: Document, facts: FiledFacts | None) -> tuple[str, ...]:
    """What the class asks for and nobody filled in, as far as it does not depend on the place."""
    wanted: dict[str, object] = {"title": document.title, "doc_date": document.doc_date}
    if is_about_a_unit(document.class_code or ""):
        wanted["unit"] = document.unit
    if facts is not None:
        names = ("responsible", "form", "medium", "source_kind", "carries_pii", "pages")
        wanted |= {name: getattr(facts, name) for name in names}
    return tuple(name for name, value in wanted.items() if not value)
