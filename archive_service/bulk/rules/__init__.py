"""The lives of imports, edits and exports of many documents, and what goes wrong with them. Pure."""

from datetime import timedelta
from enum import StrEnum
from typing import Final, NewType

from archive_service.kernel.errors import N_, Conflict, Forbidden, Invalid, NotFound

ImportId = NewType("ImportId", int)
EditId = NewType("EditId", int)
ExportId = NewType("ExportId", int)


class Source(StrEnum):
    ZIP = "zip"
    FOLDER = "folder"  # on the machine of the service itself: only the command takes these


class ImportState(StrEnum):
    CHECKING = "checking"
    CHECKED = "checked"  # a person looks at it and decides
    IMPORTING = "importing"
    DONE = "done"
    CANCELLED = "cancelled"
    FAILED = "failed"  # as a whole: no table, no zip, nobody may bring it in any more
    EXPIRED = "expired"


class RowState(StrEnum):
    READY = "ready"
    BAD = "bad"
    UNLISTED = "unlisted"  # a file of which no row speaks
    DONE = "done"
    HERE_ALREADY = "here_already"
    FAILED = "failed"


class EditState(StrEnum):
    CHOSEN = "chosen"
    PREVIEWED = "previewed"
    APPLYING = "applying"
    DONE = "done"
    CANCELLED = "cancelled"


class ItemState(StrEnum):
    CHOSEN = "chosen"
    READY = "ready"
    SAME = "same"  # it says so already
    CANNOT = "cannot"
    DONE = "done"
    STALE = "stale"  # somebody changed it after the preview; theirs stays
    FAILED = "failed"


class ExportState(StrEnum):
    GATHERING = "gathering"
    REQUESTED = "requested"
    APPROVED = "approved"  # or needs nobody's approval
    READY = "ready"
    REFUSED = "refused"
    CANCELLED = "cancelled"
    FAILED = "failed"
    EXPIRED = "expired"


LIVE_IMPORTS: Final = (ImportState.CHECKING, ImportState.CHECKED, ImportState.IMPORTING)
UNDERWAY_IMPORTS: Final = (ImportState.CHECKING, ImportState.IMPORTING)
UNDERWAY_EXPORTS: Final = (ExportState.GATHERING, ExportState.APPROVED)
UNDECIDED: Final = (ExportState.GATHERING, ExportState.REQUESTED, ExportState.REFUSED, ExportState.CANCELLED)
"""States that an export may have while nobody has approved it; beside FAILED and EXPIRED."""

MOST_EDITED: Final = 500  # documents at once: more than anybody can look through in a preview
MOST_EXPORTED: Final = 20_000
IMPORT_WAITS: Final = timedelta(days=7)
EXPORT_WAITS: Final = timedelta(days=14)  # for a decision
EXPORT_LASTS: Final = timedelta(days=3)  # to be fetched
LONGEST_REASON: Final = 255


class WrongStep(Conflict):
    code = "bulk.wrong-step"
    message = N_("This is no longer possible: it has gone on meanwhile. Please look at it again.")


class NothingChosen(Invalid):
    code = "bulk.nothing-chosen"
    message = N_("No document was chosen. Tick some of the list, or take all that it shows.")


class TooManyChosen(Invalid):
    code = "bulk.too-many"
    message = N_(
        "These are %(count)s documents; at most %(most)s can be taken at once. Narrow the list down."
    )


class NothingToSet(Invalid):
    code = "bulk.nothing-to-set"
    message = N_("Nothing was filled in, so nothing would change.")


class MustSkip(Conflict):
    """Nothing was imported."""

    code = "bulk.must-skip"
    message = N_(
        "%(count)s rows or files can't be taken. Mend the table and bring it in again, or choose to leave them out."
    )


class NothingToImport(Conflict):
    code = "bulk.nothing-to-import"
    message = N_("There is no row that could be imported.")


class NoManifest(Invalid):
    code = "bulk.no-manifest"
    message = N_(
        "There is no table that says what the files are. Choose one, or put it into the zip as 目录.xlsx or manifest.csv."
    )


class BringerGone(Forbidden):
    code = "bulk.bringer-gone"
    message = N_("Whoever began this may no longer do it, so it was stopped.")


class OwnExport(Forbidden):
    code = "bulk.own-export"
    message = N_("You asked for this export, so somebody else must decide it.")


class ExportGone(NotFound):
    code = "bulk.export-gone"
    message = N_("This export can no longer be fetched. Please ask for it again.")


class RightsChanged(Conflict):
    code = "bulk.rights-changed"
    message = N_(
        "What you may see of its documents has changed since this was built, so it was removed. Please ask for it again."
    )


class ListNotYours(Forbidden):
    code = "bulk.list-not-yours"
    message = N_("Your role takes lists only of documents that you ticked on one page.")


class NoSuchOpenFile(Invalid):
    code = "bulk.no-such-file"
    message = N_("There is no open case file “%(value)s”.")


class StateSecret(Invalid):
    code = "bulk.state-secret"
    message = N_("State secrets (绝密, 机密, 秘密) must not be kept here. Leave this paper out.")


class UnknownUnit(Invalid):
    code = "bulk.unknown-unit"
    message = N_("The register has no unit “%(value)s”.")


class UnknownClassCode(Invalid):
    code = "bulk.unknown-class"
    message = N_("The file plan has no class “%(value)s”.")


class ClosedClass(Invalid):
    code = "bulk.closed-class"
    message = N_("The class %(value)s is closed, or holds no documents itself. Choose one below it.")


class NotYourClass(Invalid):
    code = "bulk.not-your-class"
    message = N_("Your role does not bring papers into the class %(value)s.")


class UnknownLevelName(Invalid):
    code = "bulk.unknown-level"
    message = N_("There is no level “%(value)s”.")


class NoSuchFile(Invalid):
    code = "bulk.file-missing"
    message = N_("There is no such file among those that came.")


class UnsafePath(Invalid):
    code = "bulk.unsafe-path"
    message = N_("A name like this is not taken: it leads out of the folder, or holds what no name may.")


class TwiceListed(Invalid):
    code = "bulk.listed-twice"
    message = N_("The same file stands in row %(row)s already.")


class NotListed(Invalid):
    code = "bulk.not-listed"
    message = N_("No row of the table speaks of this file.")


class FileTwice(Invalid):
    code = "bulk.file-twice"
    message = N_("The zip holds two files of this name, so nobody knows which is meant.")


class FileIsLink(Invalid):
    code = "bulk.file-is-link"
    message = N_("This is a link to something else. Put the file itself there.")


class FileHasPassword(Invalid):
    code = "bulk.file-has-password"
    message = N_("This file is locked with a password. Make the zip anew without one.")


class FileIsEmpty(Invalid):
    code = "bulk.file-is-empty"
    message = N_("This file is empty (0 bytes).")


class FileTooLarge(Invalid):
    code = "bulk.file-too-large"
    message = N_("This file is larger than %(limit)s, the most that is taken here.")


class FileUnfolds(Invalid):
    code = "bulk.file-unfolds"
    message = N_("This file unfolds to more than a hundred times its size. It is not opened.")


class FileIsArchive(Invalid):
    code = "bulk.file-is-archive"
    message = N_("This is a packed archive itself. Unpack it first and bring its files in one by one.")


class FileChanged(Invalid):
    code = "bulk.file-changed"
    message = N_(
        "This file changed after it was checked, so it was not taken. Check it and bring it in again."
    )


class FileUnreadable(Invalid):
    code = "bulk.file-unreadable"
    message = N_("This file can't be read: it is damaged, or packed in a way that is not known here.")


class BadZip(Invalid):
    code = "bulk.bad-zip"
    message = N_("This is no zip file, or it is damaged. Nothing of it was taken.")


class ZipTooLarge(BadZip):
    code = "bulk.zip-too-large"
    message = N_(
        "There are too many files in it: at most %(most)s at once. Divide it and bring in the parts."
    )


class SuspiciousZip(BadZip):
    code = "bulk.zip-suspicious"
    message = N_(
        "This zip unfolds to far more than it should, or its parts lie over each other. It is not opened."
    )
