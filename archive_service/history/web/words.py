"""What the actions of the trail are called on pages: message ids. Complete: a test asks every action of the service."""

from collections.abc import Mapping
from typing import Final

from flask_babel import gettext

from archive_service.history.queries import Event
from archive_service.kernel.errors import N_
from archive_service.kernel.masking import mask
from archive_service.records.web.words import HISTORY

ACTIONS: Final[Mapping[str, str]] = {
    **HISTORY,
    "file-plan.loaded": N_("loaded the file plan"),
    "file-plan.changed": N_("changed the file plan to version %(version)s"),
    "project.added": N_("made the project %(number)s"),
    "project.changed": N_("changed a project"),
    "building.added": N_("made the building %(name)s"),
    "unit.added": N_("entered a unit"),
    "unit.changed": N_("changed a unit"),
    "unit.closed": N_("closed a unit"),
    "unit.opened": N_("opened a unit again"),
    "unit.linked": N_("let a parking space or storage room go with a unit"),
    "unit.unlinked": N_("ended that a parking space or storage room goes with a unit"),
    "unit.transferred": N_("transferred a unit to other owners"),
    "unit.brought-in": N_("brought the unit in by a table"),
    "unit.changed-by-table": N_("changed the unit by a table"),
    "units.imported": N_("brought in a table: %(added)s units added, %(changed)s changed"),
    "party.added": N_("entered an owner or tenant"),
    "party.brought-in": N_("brought in an owner or tenant by a table"),
    "party.entries-brought-in": N_("entered an owner or tenant in %(entries)s more entries by a table"),
    "party.changed": N_("changed what is known of an owner or tenant"),
    "party.unmasked": N_("looked at an owner or tenant in clear"),
    "occupancy.added": N_("entered who owns or uses a unit"),
    "occupancy.brought-in": N_("entered who owns or uses a unit by a table"),
    "occupancy.ended": N_("ended an entry of who owns or uses a unit"),
    "case-file.opened": N_("opened the file %(file_no)s"),
    "case-file.described": N_("changed what is written on a file"),
    "case-file.closed": N_("closed the file %(file_no)s"),
    "case-file.reopened": N_("opened the file %(file_no)s again"),
    "class.levels-raised": N_("raised %(count)s papers to the new level of their class"),
    "index.lost": N_("announced %(versions)s versions again that the search index had lost"),
    "index.stale": N_("announced %(versions)s versions again that the search index held as they once were"),
    "checklists.loaded": N_("loaded the checklists"),
    "checklist.opened": N_("opened the checklist %(checklist)s"),
    "checklist.linked": N_("let a paper stand for %(item)s of a checklist"),
    "checklist.set-aside": N_("said that %(item)s of a checklist does not apply"),
    "checklist.promised": N_("noted that %(item)s of a checklist is promised"),
    "checklist.taken-back": N_("took back what was said of %(item)s of a checklist"),
    "checklist.facts-told": N_("told facts of the case of a checklist"),
    "checklist.stage-entered": N_("moved the case of a checklist to another stage"),
    "checklist.entrusted": N_("entrusted a checklist to somebody"),
    "checklist.closed": N_("closed a checklist"),
    "checklist.reopened": N_("opened a checklist again"),
    "supplement-task.opened": N_("made a task of a missing paper"),
    "supplement-task.escalated": N_("handed the task of a missing paper to the manager"),
    "supplement-task.closed": N_("closed the task of a missing paper"),
    "job.wanted": N_("asked for a job to run"),
    "job.finished": N_("finished a job: %(note)s"),
    "job.failed": N_("could not finish a job: %(note)s"),
    "message.sent-again": N_("had %(count)s tasks tried again"),
    "recovery-code.used": N_("signed in with a recovery code"),
    "recovery-codes.renewed": N_("made new recovery codes"),
    "role.granted": N_("granted the role %(role)s"),
    "role.granted-at-once": N_("granted the role %(role)s at once, because nobody could approve roles yet"),
    "role.proposed": N_("proposed the role %(role)s"),
    "role.approved": N_("approved the role %(role)s"),
    "role.refused": N_("refused the role %(role)s"),
    "role.withdrawn": N_("withdrew the proposal of the role %(role)s"),
    "role.revoked": N_("took back the role %(role)s"),
    "second-factor.dropped": N_("reset a second factor"),
    "second-factor.enrolled": N_("set up a second factor"),
    "sessions.ended": N_("ended sign-ins"),
    "token.created": N_("made an API token"),
    "token.revoked": N_("revoked an API token"),
    "upload.dropped": N_("dropped an upload"),
    "upload.duplicate": N_("uploaded bytes that were here already"),
    "upload.expired": N_("cleared away an upload that was left"),
    "upload.failed": N_("could not take an upload"),
    "upload.kept": N_("kept a copy of bytes that were here already"),
    "working-days.loaded": N_("entered the working calendar that comes with the service"),
    "working-days.changed": N_("changed a day of the working calendar: %(day)s"),
    "working-days.entered": N_("entered the year %(year)s of the working calendar: %(days)s days changed"),
    "reminders.trial-sent": N_("sent a trial message"),
    "user.email-changed": N_("changed an e-mail address"),
    "user.created": N_("made an account"),
    "user.disabled": N_("disabled an account"),
    "user.enabled": N_("enabled an account"),
    "user.password-changed": N_("changed a password"),
    "user.password-link-made": N_("made a link to choose a password"),
    "user.signed-in": N_("signed in"),
    "audit.head-signed": N_("signed the last row of %(day)s, number %(row)s"),
    "building.changed": N_("changed the building %(name)s"),
    "holders.previewed": N_("looked at what a table of owners and tenants would do"),
    "holders.refused": N_("could not bring in a table of owners and tenants"),
    "parties.compared": N_("told the number of somebody in a form"),
    "parties.searched": N_("looked for somebody by a number"),
    "holders.imported": N_("brought in a table of owners and tenants: %(added)s added"),
    "units.linked": N_("linked %(count)s papers with the units they name"),
    "role.ends-earlier": N_("let the role %(role)s end earlier, on %(after)s"),
    "role.classes-changed": N_("let the role %(role)s work in other classes: %(after)s"),
    "retention.rule-approved": N_("approved a newer period for a class"),
    "retention.carried-over": N_("carried %(papers)s papers over to a newer period"),
    "edit.chosen": N_("chose %(documents)s papers to change together"),
    "edit.started": N_("changed %(documents)s papers together"),
    "edit.finished": N_("finished changing papers together: %(documents)s"),
    "edit.cancelled": N_("gave up changing papers together"),
    "edit.failed": N_("could not finish changing papers together"),
    "export.requested": N_("asked for an export"),
    "export.gathered": N_("gathered %(documents)s papers for an export"),
    "export.approved": N_("approved an export"),
    "export.refused": N_("refused an export"),
    "export.built": N_("made an export of %(documents)s papers"),
    "export.fetched": N_("took an export away"),
    "export.cancelled": N_("gave up an export"),
    "export.expired": N_("cleared away an export that was over"),
    "export.failed": N_("could not make an export"),
    "import.opened": N_("began to bring in a folder or a package"),
    "import.checked": N_("checked %(rows)s rows of a list: %(problems)s with problems"),
    "import.started": N_("began to bring in %(rows)s papers of a list"),
    "import.finished": N_("brought in %(documents)s papers of a list"),
    "import.refused": N_("could not bring in row %(row)s of a list"),
    "import.cancelled": N_("gave up bringing in a list"),
    "import.expired": N_("cleared away a list that was left"),
    "import.failed": N_("could not bring in a list"),
    "scan.rearrange": N_("asked for pages of scans to be arranged anew"),
    "scan.rearranged": N_("made papers of pages arranged anew"),
    "scan.not-rearranged": N_("could not arrange the pages of scans anew"),
    "scan.undone": N_("undid the arranging of pages"),
    "separator-sheet.made": N_("made a separator sheet"),
    "suggestions.trained": N_("learned from %(documents)s filed papers"),
}


def what_of(event: Event) -> str:
    """What was done, in words. Only facts that the words ask for are filled in."""
    words = ACTIONS.get(event.action)
    try:
        return (
            str(gettext(words)) % {key: mask(value) for key, value in event.facts.items()}
            if words
            else event.action
        )
    except KeyError:  # a row of an older make may lack a fact that today's words name
        return event.action


def sentence(event: Event) -> str:
    """Who did what, as one sentence."""
    who = event.who or str(gettext("The service"))
    return str(gettext("%(who)s %(what)s.")) % {"who": who, "what": what_of(event)}
