"""Verbs on documents and versions. Bytes are durable in the store before any of these is called."""

import uuid
from dataclasses import asdict, dataclass, replace

from sqlalchemy import func, select

from archive_service import people
from archive_service.classification import class_row, selectable_class
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_, Conflict, Forbidden, NotFound
from archive_service.kernel.ids import DocumentId, VersionId, time_ordered_uuid
from archive_service.kernel.levels import Level
from archive_service.records.models import Correction, Document, Version
from archive_service.records.queries import documents as queries
from archive_service.records.queries.reviewing import is_returned_to
from archive_service.records.queries.rows import DocumentRow
from archive_service.records.queries.same_bytes import may_know_bytes
from archive_service.records.rules import (
    FIELD_LENGTHS,
    ClassIsKept,
    Description,
    NeedsReason,
    TooLong,
    VersionState,
    VersionStep,
    WrongState,
    after,
    clean_description,
    clean_text,
    default_level,
    described_level,
    is_chosen,
    safe_file_name,
    title_from_file_name,
    uncovered,
)
from archive_service.records.rules.filing import MissingFacts, StaysFiled
from archive_service.records.rules.placing import NotBothHats
from archive_service.records.rules.review import ReviewStep
from archive_service.records.rules.state_secrets import TROUBLE, StateSecret, mark_in_title
from archive_service.records.rules.versions import ReasonCode
from archive_service.records.service.changing import may_add_version, may_describe
from archive_service.records.service.indexing import announce, announce_document
from archive_service.records.service.locks import end_own_lock, refuse_if_edited
from archive_service.records.service.owners import refuse_wrong_owner
from archive_service.records.service.settling import end_level_request, settle_review
from archive_service.records.service.unit_links import link_unit
from archive_service.unit_of_work import UnitOfWork


class StaleDescription(Conflict):
    code = "document.stale"
    message = N_(
        "Somebody else changed this document while you were writing. Both versions are shown; please choose."
    )


@dataclass(frozen=True, slots=True)
class Received:
    """Bytes that are durable in the store under ``digest`` (SHA-256), and the name they came with."""

    digest: str
    size: int
    file_name: str
    media_type: str = "application/octet-stream"


def add_document(
    work: UnitOfWork, received: Received, raw: Description, *, level_decided: bool = False
) -> DocumentId:
    """A new document whose first version are these bytes.

    ``level_decided``: somebody has said that it has no lower level, so no class lowers it later. Raises Forbidden,
    UnknownClass, TooLong, BadDate, StateSecret.
    """
    work.actor.must(Permission.UPLOAD)
    file_name = safe_file_name(received.file_name)
    told = clean_description(raw)
    refuse_marked(told.title, file_name)
    class_level = selectable_class(work, told.class_code).level if told.class_code else None
    level = default_level(class_level, told.level)
    if not people.may_upload_to(work.actor, told.class_code or None):
        raise Forbidden()
    document = Document(
        id=time_ordered_uuid(work.now),
        title=told.title or title_from_file_name(file_name)[: FIELD_LENGTHS["title"]],
        class_code=told.class_code or None,
        level=level.value,
        level_chosen=level_decided or is_chosen(class_level, level),
        file_no=told.file_no,
        doc_number=told.doc_number,
        unit=told.unit,
        owner=told.owner,
        doc_date=told.doc_date,
        created_at=work.now,
        created_by=work.actor.user_id,
        revision=1,
    )
    link_unit(work, document)
    work.session.add(document)
    work.session.flush()
    version = _receive(work, document, received, number=1, reason="")
    work.audit(
        "document.added",
        f"document:{document.id}",
        class_code=told.class_code,
        level=level.value,
        version=version.number,
        digest=received.digest,
        size=received.size,
    )
    return DocumentId(document.id)


def add_version(
    work: UnitOfWork,
    document_id: uuid.UUID,
    received: Received,
    reason: str,
    *,
    code: ReasonCode = ReasonCode.OTHER,
) -> VersionId:
    """New bytes for a document; those of a filed one are for who files its class.

    Raises NotFound, Forbidden, NeedsReason, TooLong, SameBytes, StateSecret.
    """
    work.actor.must(Permission.UPLOAD)
    refuse_marked("", received.file_name)
    document = locked_document(work, document_id)
    if not may_add_version(
        work.actor, class_code=document.class_code or "", filed=document.archival_no is not None
    ):
        raise Forbidden()
    refuse_if_edited(work, document)
    reason = clean_text(reason)
    if not reason:
        raise NeedsReason(field="reason")
    if len(reason) > 255:
        raise TooLong(field="reason", most=255)
    newest = work.session.scalar(select(func.max(Version.number)).where(Version.document_id == document.id))
    current = work.session.scalar(
        select(Version)
        .where(Version.document_id == document.id, Version.is_current)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if current is not None:
        # Others must not learn by a file that they have whether it is this one: theirs becomes a version.
        if current.digest == received.digest and may_know_bytes(work.session, work.actor, current.id):
            raise SameBytes(number=current.number)
        current.is_current = False
        work.session.flush()
    version = _receive(work, document, received, number=(newest or 0) + 1, reason=reason, code=code)
    if current is not None:
        # The old version's index entry must say that it is an old one.
        announce(work, current)
    work.audit(
        "version.added",
        f"document:{document.id}",
        version=version.number,
        digest=received.digest,
        size=received.size,
    )
    return VersionId(version.id)


def refuse_marked(title: str, file_name: str = "") -> None:
    """Raises StateSecret for what says in its title or name that it is one."""
    for text in (title, title_from_file_name(file_name)):
        if mark := mark_in_title(text):
            raise StateSecret(mark=mark)


class SameBytes(Conflict):
    code = "version.same-bytes"
    message = N_("These are the very bytes of version %(number)s, so there is nothing new to keep.")


def _receive(
    work: UnitOfWork,
    document: Document,
    received: Received,
    number: int,
    reason: str,
    *,
    code: ReasonCode | None = None,
) -> Version:
    version = Version(
        document_id=document.id,
        number=number,
        is_current=True,
        digest=received.digest,
        size=received.size,
        file_name=safe_file_name(received.file_name),
        media_type=received.media_type[:80],
        reason=reason,
        reason_code=code.value if code else "",
        revision=document.revision,
        created_at=work.now,
        created_by=work.actor.user_id,
        state=VersionState.RECEIVED.value,
        pages_read=0,
        flags=[],
    )
    work.session.add(version)
    work.session.flush()
    work.publish("version.received", version_id=version.id)
    # What is known of it is found at once, and also if its pages can never be read.
    announce(work, version)
    return version


def locked_document(work: UnitOfWork, document_id: uuid.UUID) -> Document:
    """The document, locked for change, if the actor may see it. Raises NotFound."""
    queries.document(work.session, work.actor, document_id)
    document = work.session.get(Document, document_id, with_for_update=True, populate_existing=True)
    if document is None or document.discarded_at is not None:
        raise NotFound()
    return document


def describe(
    work: UnitOfWork, document_id: uuid.UUID, raw: Description, *, revision: int, reason: str = ""
) -> DocumentRow:
    """Replace the description; what stood there before is kept. Of a filed document it is a correction (订正).

    ``revision`` is the one the person saw; ``reason`` is asked for once it is filed. Texts may come as they were
    shown, with personal numbers covered. Raises NotFound, Forbidden, StaleDescription, UnknownClass, TooLong, BadDate,
    CoveredNumber, ClassIsKept, LevelTooLow, BeingEdited; of filed ones NeedsReason, StaysFiled, MissingFacts, NotTheOwner.
    """
    document = locked_document(work, document_id)
    must_describe(work, document)
    refuse_if_edited(work, document)
    if document.revision != revision:
        raise StaleDescription()
    told = clean_description(raw)
    refuse_marked(told.title)
    told = replace(
        told,
        title=uncovered("title", told.title, document.title),
        file_no=uncovered("file_no", told.file_no, document.file_no),
        doc_number=uncovered("doc_number", told.doc_number, document.doc_number),
        unit=uncovered("unit", told.unit, document.unit),
        owner=uncovered("owner", told.owner, document.owner),
    )
    if document.archival_no is not None:
        reason = _checked_correction(document, told, reason)
    class_level = _new_class_level(work, document, told.class_code)
    asked, old_level = told.level, Level(document.level)
    level = described_level(
        old_level,
        class_level,
        asked,
        chosen=document.level_chosen,
        classed=document.class_code is not None,
    )
    chosen = is_chosen(class_level, asked) and (asked is not old_level or document.class_code is None)
    told = replace(told, title=told.title or document.title, level=level)
    before = {name: getattr(document, name) or "" for name in (*FIELD_LENGTHS, "level")}
    changed = {
        name: "" if value is None else str(value)
        for name, value in asdict(told).items()
        if ("" if value is None else str(value)) != before[name]
    }
    if changed:
        for name, value in changed.items():
            setattr(document, name, (value or None) if name == "class_code" else value)
        document.level_chosen = document.level_chosen or chosen
        if "unit" in changed:
            link_unit(work, document)
        if document.archival_no is not None and changed.keys() & {"owner", "unit", "doc_date"}:
            refuse_wrong_owner(work, document)
        document.revision += 1
        work.session.add(
            Correction(
                document_id=document.id,
                at=work.now,
                by=work.actor.user_id,
                revision=document.revision,
                before={name: before[name] for name in changed},
                after=changed,
                reason=reason,
            )
        )
        work.session.flush()
        if "level" in changed:
            end_level_request(work, document.id)
        announce_document(work, document.id)
        work.audit(
            "document.described",
            f"document:{document.id}",
            fields=sorted(changed),
            revision=document.revision,
        )
    end_own_lock(work, document.id)
    work.session.flush()
    # The describer may have filed it out of their own sight; the service itself still sees it.
    return queries.document_unchecked(work.session, work.actor, document.id)


def _checked_correction(document: Document, told: Description, reason: str) -> str:
    """The reason, of a change that a filed document may go through. Raises NeedsReason, StaysFiled, MissingFacts."""
    reason = clean_text(reason)
    if told.class_code != (document.class_code or "") or told.file_no != document.file_no:
        raise StaysFiled()
    # What was there when it was filed may be put right and not taken away.
    emptied = [name for name in ("doc_date", "unit") if getattr(document, name) and not getattr(told, name)]
    if emptied:
        raise MissingFacts(field=emptied[0], fields=",".join(emptied))
    if not reason:
        raise NeedsReason(field="reason")
    if len(reason) > 255:
        raise TooLong(field="reason", most=255)
    return reason


def _new_class_level(work: UnitOfWork, document: Document, code: str) -> Level | None:
    """The level of the class it shall have; None without one. Raises ClassIsKept, UnknownClass, Forbidden."""
    if not code:
        # Without a class its level, its custody and its place among the files would be one person's to undo.
        if document.class_code is not None:
            raise ClassIsKept(field="class_code")
        return None
    if code == document.class_code:
        kept = class_row(
            work.session, code
        )  # it may be closed by now: a paper in it stays and can be described
        assert kept is not None, "classes are never removed"
        return kept.level
    level = selectable_class(work, code).level
    if any(people.has_no_say(work.actor, side) for side in (document.class_code or "", code)):
        raise NotBothHats()
    if not all(people.may_upload_to(work.actor, side) for side in (document.class_code, code)):
        raise Forbidden()
    return level


def must_describe(work: UnitOfWork, document: Document) -> None:
    """Raises Forbidden."""
    if not may_describe(
        work.actor,
        work.now,
        class_code=document.class_code,
        created_at=document.created_at,
        created_by=document.created_by,
        filed=document.archival_no is not None,
        returned=is_returned_to(work.session, work.actor, document.id),
    ):
        raise Forbidden()


def discard(work: UnitOfWork, document_id: uuid.UUID) -> None:
    """Take an unclassed draft out of sight. Its rows and bytes stay. Raises NotFound, Forbidden, WrongState."""
    document = locked_document(work, document_id)
    must_describe(work, document)
    refuse_if_edited(work, document)
    if document.class_code is not None or work.actor.user_id is None:
        raise WrongState()
    document.discarded_at, document.discarded_by = work.now, work.actor.user_id
    settle_review(work, document.id, ReviewStep.DISCARD)
    end_own_lock(work, document.id)
    work.session.flush()
    announce_document(work, document.id)
    work.audit("document.discarded", f"document:{document.id}")


def retry_reading(work: UnitOfWork, document_id: uuid.UUID, number: int) -> None:
    """Read a version again that reading gave up on. Raises NotFound, WrongState."""
    document = locked_document(work, document_id)
    work.actor.must(Permission.UPLOAD)
    version = work.session.scalar(
        select(Version).where(Version.document_id == document.id, Version.number == number)
    )
    if version is None:
        raise NotFound()
    if version.trouble == TROUBLE:
        raise WrongState()  # it would be found again; a person says whether it is one
    version.state = after(VersionState(version.state), VersionStep.RETRY).value
    version.trouble = None
    work.publish("version.received", version_id=version.id)
    work.audit("version.retried", f"document:{document.id}", version=number)
