"""The life of an upload, what may be sent along with a file, and what goes wrong with one. Pure."""

import mimetypes
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Final

from archive_service.kernel.errors import N_, Conflict, Invalid, NotFound, TooManyRequests, UnknownField
from archive_service.kernel.ids import parse_uuid
from archive_service.kernel.levels import Level
from archive_service.records.rules import Description
from archive_service.records.rules.versions import ReasonCode


class UploadState(StrEnum):
    OPEN = "open"
    RECEIVED = "received"
    DUPLICATE = "duplicate"  # bytes are here, waiting for the person to choose
    JOINED = "joined"  # bytes about which the same person is being asked already
    FAILED = "failed"
    DROPPED = "dropped"  # terminated by its sender, or the copy was not wanted
    EXPIRED = "expired"


MOST_OPEN_UPLOADS: Final = 200  # a person
PLAN_FIELDS: Final = ("title", "class_code", "unit", "owner", "doc_number", "file_no", "doc_date", "level")
PARCEL: Final = "import"
VERSION_FIELDS: Final = ("document_id", "reason", "reason_code")
_ENDINGS: Final = (
    mimetypes.MimeTypes()
)  # the library's own table: the machine's would differ from house to house


class EmptyFile(Invalid):
    code = "upload.empty"
    message = N_(
        "The file is empty (0 bytes), so there is nothing to keep. Please check it and choose it again."
    )


class NoFile(Invalid):
    code = "upload.no-file"
    message = N_("No file was chosen. Please choose at least one file.")


class UnknownLevel(Invalid):
    code = "upload.unknown-level"
    message = N_("There is no level “%(value)s”.")


class UnknownReasonCode(Invalid):
    code = "upload.unknown-reason"
    message = N_("There is no kind of reason “%(value)s”.")


class TooManyUploads(TooManyRequests):
    code = "upload.too-many"
    message = N_("You have %(most)s unfinished uploads. Please finish or cancel some of them first.")


class UploadGone(NotFound):
    """It was there once: cancelled, not wanted, or left for too long."""

    code = "upload.gone"
    message = N_("This upload is over. Please choose the file again.")


class UploadBusy(Conflict):
    code = "upload.busy"
    message = N_("This file is being uploaded over another connection.")


class UploadFinished(Conflict):
    code = "upload.finished"
    message = N_("This upload is finished already.")


class UploadUnfinished(Conflict):
    code = "upload.unfinished"
    message = N_("This file has not arrived completely yet.")


class WrongOffset(Conflict):
    code = "upload.wrong-offset"
    message = N_("The upload goes on at another place: %(expected)s bytes are here.")


class WrongChecksum(Invalid):
    code = "upload.wrong-checksum"
    message = N_("The bytes were damaged on their way. Please send them again.")


class LongerThanAnnounced(Invalid):
    code = "upload.longer-than-announced"
    message = N_(
        "The file is longer than was announced, so it may have been changed. Please choose it again."
    )


class BytesLost(NotFound):
    code = "upload.bytes-lost"
    message = N_("The bytes of this upload are no longer here. Please choose the file again.")


@dataclass(frozen=True, slots=True)
class NewVersion:
    """The file is a new version of a document; ``reason`` says why, ``code`` of what kind that is."""

    document_id: uuid.UUID
    reason: str
    code: ReasonCode = ReasonCode.OTHER


@dataclass(frozen=True, slots=True)
class Parcel:
    """The file is no paper itself: it holds many, and waits for whoever sent it to say what to do with them."""


Purpose = Description | NewVersion | Parcel
"""What a file is meant to become."""


def purpose_of(told: Mapping[str, str]) -> Purpose:
    """From fields as people and programs send them. Raises UnknownField, UnknownLevel, NotFound."""
    if told.get("use") == PARCEL:
        mixed = next((name for name in told if name != "use"), None)
        if mixed is not None:
            raise UnknownField(field=mixed[:40])
        return Parcel()
    for name in told:
        if name not in PLAN_FIELDS and name not in VERSION_FIELDS:
            raise UnknownField(field=name[:40])
    if "document_id" in told:
        mixed = next((name for name in told if name not in VERSION_FIELDS), None)
        if mixed is not None:
            raise UnknownField(field=mixed)
        document_id = parse_uuid(told["document_id"])
        if document_id is None:
            raise NotFound()
        return NewVersion(document_id, told.get("reason", ""), reason_code_of(told.get("reason_code", "")))
    for name in VERSION_FIELDS:
        if name in told:
            raise UnknownField(field=name)
    return Description(
        level=level_of(told.get("level", "")),
        **{name: told.get(name, "") for name in PLAN_FIELDS if name != "level"},
    )


def reason_code_of(text: str) -> ReasonCode:
    """OTHER for an empty text. Raises UnknownReasonCode; going back to a version is no upload."""
    if not text:
        return ReasonCode.OTHER
    if text not in {code.value for code in ReasonCode} or text == ReasonCode.RESTORED:
        raise UnknownReasonCode(field="reason_code", value=text[:20])
    return ReasonCode(text)


def level_of(text: str) -> Level | None:
    """None for an empty text: the class's own. Raises UnknownLevel."""
    if not text:
        return None
    try:
        return Level(text)
    except ValueError as error:
        raise UnknownLevel(field="level", value=text[:20]) from error


def facts_of(purpose: Purpose) -> dict[str, str]:
    """The inverse of ``purpose_of``, for the upload's row."""
    if isinstance(purpose, Parcel):
        return {"use": PARCEL}
    if isinstance(purpose, NewVersion):
        told = {"document_id": str(purpose.document_id), "reason": purpose.reason}
        return told if purpose.code is ReasonCode.OTHER else told | {"reason_code": purpose.code.value}
    return {name: str(value) for name, value in asdict(purpose).items() if value}


def media_type_of(file_name: str) -> str:
    """A first guess by the name's ending, until the bytes themselves have been looked at."""
    return _ENDINGS.guess_type(file_name, strict=True)[0] or "application/octet-stream"
