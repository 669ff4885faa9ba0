"""The headers of tus 1.0, read strictly: what is not quite right is a mistake of the sender, and is told."""

import base64
import binascii
import re
from collections.abc import Mapping
from typing import Final, Literal

from archive_service.kernel.errors import N_, Invalid
from storage import Checksum

VERSION: Final = "1.0.0"
EXTENSIONS: Final = "creation,creation-with-upload,expiration,checksum,termination"
CHECKSUMS: Final = "sha1,sha256"
CONTENT_TYPE: Final = "application/offset+octet-stream"
_DIGEST_BYTES: Final[Mapping[str, int]] = {"sha1": 20, "sha256": 32}
_METADATA_BYTES: Final = 8192
_NUMBER: Final = re.compile(r"[0-9]{1,18}", re.ASCII)
_KEY: Final = re.compile(r"[!-+\--~]{1,60}", re.ASCII)  # printable, neither space nor comma


class BadHeader(Invalid):
    """A request that speaks the upload protocol wrongly: 400, not a form to correct."""

    code = "upload.bad-header"
    message = N_("The header “%(header)s” is missing or wrong.")


class WrongProtocol(Invalid):
    code = "upload.wrong-protocol"
    message = N_("The upload protocol's version must be 1.0.0.")


class WrongContentType(Invalid):
    code = "upload.wrong-content-type"
    message = N_("Parts of files are sent as application/offset+octet-stream.")


def number(header: str, value: str | None) -> int:
    """Raises BadHeader."""
    if value is None or _NUMBER.fullmatch(value) is None:
        raise BadHeader(header=header)
    return int(value)


def metadata(value: str | None) -> dict[str, str]:
    """``key base64, key base64, key``: a key without a value is an empty text. Raises BadHeader."""
    if not value:
        return {}
    if len(value) > _METADATA_BYTES:
        raise BadHeader(header="Upload-Metadata")
    told: dict[str, str] = {}
    for pair in value.split(","):
        key, _, encoded = pair.strip(" ").partition(" ")
        if _KEY.fullmatch(key) is None or key in told:
            raise BadHeader(header="Upload-Metadata")
        try:
            told[key] = base64.b64decode(encoded, validate=True).decode("utf-8")
        except (binascii.Error, UnicodeDecodeError) as error:
            raise BadHeader(header="Upload-Metadata") from error
    return told


def checksum(value: str | None) -> Checksum | None:
    """Raises BadHeader, also for algorithms that are not offered."""
    if value is None:
        return None
    name, _, encoded = value.partition(" ")
    algorithm: Literal["sha1", "sha256"]
    match name:
        case "sha1":
            algorithm = "sha1"
        case "sha256":
            algorithm = "sha256"
        case _:
            raise BadHeader(header="Upload-Checksum")
    try:
        digest = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise BadHeader(header="Upload-Checksum") from error
    if len(digest) != _DIGEST_BYTES[algorithm]:
        raise BadHeader(header="Upload-Checksum")
    return Checksum(algorithm, digest)
