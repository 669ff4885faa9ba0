"""What the life of a version and the trail of a document are called on a page: message ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from archive_service.kernel.errors import N_
from archive_service.records.rules import VersionState
from archive_service.records.rules.filing import (
    FORM_NAMES,
    MEDIUM_NAMES,
    PII_NAMES,
    SOURCE_NAMES,
    STAGE_NAMES,
)


@dataclass(frozen=True, slots=True)
class StateWords:
    label: str
    tone: str
    icon: str


STATES: Final[Mapping[str, StateWords]] = {
    VersionState.RECEIVED: StateWords(N_("Received"), "blue", "clock"),
    VersionState.READING: StateWords(N_("Being read"), "blue", "loader-2"),
    VersionState.READABLE: StateWords(N_("Readable"), "blue", "file-text"),
    VersionState.SEARCHABLE: StateWords(N_("Searchable"), "green", "circle-check"),
    VersionState.QUARANTINED: StateWords(N_("Can't be opened"), "red", "file-alert"),
    VersionState.NEEDS_ATTENTION: StateWords(N_("Needs attention"), "orange", "alert-triangle"),
}


@dataclass(frozen=True, slots=True)
class Trouble:
    """``what`` happened, and what to do ``next``, in words for the counter."""

    what: str
    next: str


_SEND_AGAIN: Final = N_("Please ask whoever made the file for a new copy and upload it as a new version.")
_TRY_AGAIN: Final = N_("Please let it be read again. If that does not help, tell the administrator.")

TROUBLES: Final[Mapping[str, Trouble]] = {
    "password_protected": Trouble(
        N_("The file is locked with a password."),
        N_("Please save it without the password and upload it as a new version."),
    ),
    "broken": Trouble(N_("The file is damaged, so its pages can't be shown."), _SEND_AGAIN),
    "disguised": Trouble(
        N_("The file is not what its name says, which can be dangerous."),
        N_("Please check where it came from before you open the original."),
    ),
    "unsupported": Trouble(
        N_("Files of this kind can't be shown or searched here."),
        N_("It is kept and can be downloaded. To search it, upload it as PDF or picture as a new version."),
    ),
    "too_many_pages": Trouble(
        N_("The file has more pages than can be read at once."),
        N_("Please split it into several files of at most 2,000 pages and upload those."),
    ),
    "too_many_pixels": Trouble(
        N_("A page is larger than can be read."), N_("Please scan it again at a lower resolution.")
    ),
    "bomb": Trouble(
        N_("The file grows without measure when it is opened, which can be dangerous."), _SEND_AGAIN
    ),
    "empty": Trouble(N_("There is nothing in the file."), _SEND_AGAIN),
    "state_secret": Trouble(
        N_("The file bears the mark of a state secret. Such papers belong into secret custody, not here."),
        N_(
            "It is shown, searched, filed and handed out to nobody. Please tell the person in charge of secrets at "
            "once and hand the paper over; do not copy it, send it on or print it. They decide how the file is "
            "removed. If the mark was only misread, an archivist who didn't bring it in can say so on its page."
        ),
    ),
    "timed_out": Trouble(N_("Reading took too long and was stopped."), _TRY_AGAIN),
    "out_of_memory": Trouble(N_("Reading needed more memory than it may have."), _TRY_AGAIN),
    "crashed": Trouble(N_("Reading broke off."), _TRY_AGAIN),
    "failed": Trouble(N_("Reading did not succeed, although it was tried several times."), _TRY_AGAIN),
    "bytes_missing": Trouble(
        N_("The file is missing in the store."),
        N_("Please tell the administrator: it has to be fetched back from a backup."),
    ),
}
OTHER_TROUBLE: Final = Trouble(N_("Reading did not succeed."), _TRY_AGAIN)


def trouble(code: str) -> Trouble:
    return TROUBLES.get(code, OTHER_TROUBLE)


FLAGS: Final[Mapping[str, str]] = {
    "active-javascript": N_("This file contains a program. Here it is only shown as pictures."),
    "launch-action": N_("This file tries to start other programs. Here it is only shown as pictures."),
    "embedded-files": N_("There are other files inside this file; they are neither opened nor searched."),
    "javascript-link": N_("This file contains links that run programs. Here it is only shown as pictures."),
    "remote-action": N_(
        "This file tries to send data or open other files. Here it is only shown as pictures."
    ),
    "encrypted": N_(
        "The file is encrypted, but opens without a password. It may forbid printing or copying."
    ),
    "xfa-form": N_("The file holds a form of an old kind that may show less here than in other programs."),
    "structure-not-verified": N_(
        "Nobody could check whether this file contains programs. Here it is only shown as pictures."
    ),
    "external-content": N_(
        "Other programs would fetch parts of this file from elsewhere; they are not shown here."
    ),
}

FIELDS: Final[Mapping[str, str]] = {
    "title": N_("Title"),
    "class_code": N_("Class"),
    "file_no": N_("File number"),
    "doc_number": N_("Document number"),
    "unit": N_("Unit"),
    "owner": N_("Owner"),
    "doc_date": N_("Date of the paper"),
    "level": N_("Level"),
    "archival_no": N_("Archival number"),
    "responsible": N_("Responsible"),
    "form": N_("Original or copy"),
    "medium": N_("Kept as"),
    "source_kind": N_("Where the file comes from"),
    "carries_pii": N_("Personal data in it"),
    "pages": N_("Pages"),
    "quantity": N_("Copies"),
    "copy_certified_by": N_("Compared with the original by"),
    "copy_certified_on": N_("Compared on"),
    "language": N_("Language"),
    "keywords": N_("Keywords"),
    "summary": N_("Remarks"),
    "drawing_no": N_("Drawing number"),
    "stage": N_("Stage"),
    "scale": N_("Scale"),
    "edition": N_("Edition"),
    "sheet": N_("Sheet size"),
    "sheet_of": N_("Sheet of sheets"),
    "floors": N_("Floors"),
    "design_unit": N_("Designed by (firm)"),
    "designers": N_("Drawn, checked, approved by"),
    "issue_date": N_("Issued on"),
    "change_refs": N_("Design change notes"),
    "as_built_stamp": N_("As-built stamp"),
    "set_no": N_("Set number"),
}

CODES: Final[Mapping[str, Mapping[str, str]]] = {
    "form": {code.value: name for code, name in FORM_NAMES.items()},
    "medium": {code.value: name for code, name in MEDIUM_NAMES.items()},
    "source_kind": {code.value: name for code, name in SOURCE_NAMES.items()},
    "carries_pii": {code.value: name for code, name in PII_NAMES.items()},
    "stage": {code.value: name for code, name in STAGE_NAMES.items()},
}

CHANGING: Final = frozenset(
    {
        "document.described",
        "document.corrected",
        "document.filed",
        "document.reclassed",
        "document.moved",
        "document.withdrawn",
        "level.lowered",
    }
)
"""Events of which the old values are kept."""

HISTORY: Final[Mapping[str, str]] = {
    "document.added": N_("brought the document in"),
    "document.described": N_("changed the description"),
    "document.filed": N_("filed the document as %(archival_no)s"),
    "document.corrected": N_("corrected what was said when it was filed"),
    "document.discarded": N_("discarded the draft"),
    "document.reclassed": N_("put it into another class: %(before)s is now %(archival_no)s"),
    "document.moved": N_("moved it to another place: %(before)s is now %(archival_no)s"),
    "document.withdrawn": N_("cancelled the filing; %(archival_no)s stays empty"),
    "retention.event": N_("recorded the event from which its period runs"),
    "level.asked": N_("asked for its level to be lowered"),
    "level.lowered": N_("let its level be lowered"),
    "level.refused": N_("refused to lower its level"),
    "level.ended": N_("ended the request for a lower level, for its level had changed"),
    "level.taken-back": N_("took the request for a lower level back"),
    "relation.added": N_("linked it with another paper"),
    "relation.removed": N_("took a link to another paper away"),
    "document.submitted": N_("handed the document in for review"),
    "document.sent-back": N_("sent the document back"),
    "document.lock-broken": N_("took over the editing from somebody else"),
    "document.downloaded": N_("downloaded the original of version %(version)s"),
    "document.copy-downloaded": N_("downloaded the searchable PDF of version %(version)s"),
    "document.opened": N_("opened the confidential paper, saying why"),
    "document.exported": N_("took the original of version %(version)s away in an export"),
    "sight.granted": N_("granted sight until %(until)s"),
    "sight.revoked": N_("took granted sight back"),
    "version.added": N_("added version %(version)s"),
    "version.read": N_("read version %(version)s: %(pages)s pages"),
    "version.quarantine": N_("could not open version %(version)s"),
    "version.give-up": N_("could not read version %(version)s"),
    "version.state-secret": N_("found the mark of a state secret in version %(version)s, on page %(page)s"),
    "version.unmarked": N_("said that version %(version)s bears no mark of a state secret"),
    "version.set-aside": N_("set version %(version)s aside, which failed the check; current is %(current)s"),
    "document.checked": N_("made the four-property check (warnings: %(warnings)s)"),
    "document.warnings-confirmed": N_("confirmed the warnings of the four-property check"),
    "document.replaced": N_("took it out of the inbox: other documents hold its pages"),
    "document.brought-back": N_("brought it back into the inbox"),
    "scan.taken-apart": N_("asked for its pages to be arranged (request %(rearrangement)s)"),
    "scan.made": N_("made it of pages of other scans (request %(rearrangement)s)"),
    "scan.kept-whole": N_("said that it stays one paper"),
    "version.retried": N_("asked for version %(version)s to be read again"),
}
DOORS: Final[Mapping[str, str]] = {
    "page": N_("on the page"),
    "api": N_("over the API"),
    "cli": N_("by a command"),
    "job": N_("in the background"),
}
