"""Title transfer as one page: the day and the paper, the new owners, what becomes of what hangs on the unit, and
the owners' files that are closed and opened with it."""

import re
from dataclasses import dataclass
from datetime import date
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.kernel.masking import mask
from archive_service.premises import (
    Decision,
    NewOwner,
    OccupancyRow,
    Transfer,
    UnitId,
    UnitRow,
    hanging,
    no_day_to_come,
)
from archive_service.premises.queries import parties as queries
from archive_service.premises.queries import units as unit_queries
from archive_service.premises.rules import parties as rules
from archive_service.premises.rules.parties import PARTY_FIELDS
from archive_service.premises.web.pages import bounded
from archive_service.premises.web.parties import (
    document_id,
    likely_papers,
    needed_day,
    party_words,
    seal,
    warn_of_id,
)
from archive_service.records.service.transferring import Transferred, hung_on, transfer_title
from archive_service.records.web.following import current_follower
from archive_service.records.web.furnishing import blueprint
from archive_service.web import (
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
)
from archive_service.web.papers import paper_meant

MOST_OWNERS: Final = 4
_OWNER_FIELDS: Final = (*PARTY_FIELDS, "share")
_FIELDS: Final = frozenset(
    {"day", "document", "document_typed", "reason", "submit"}
    | {f"{name}_{number}" for name in _OWNER_FIELDS for number in range(1, MOST_OWNERS + 1)}
)
_DECISION: Final = re.compile(r"decision:(?:link|occupancy|phone|checklist):[0-9]{1,19}", re.ASCII)


@blueprint.route("/premises/units/<int:unit_id>/transfer", methods=["GET", "POST"])
def transfer(unit_id: int) -> ResponseReturnValue:
    """First the day alone (``?day=``); then the form, with what hung on the unit on that day. A form sent for another
    day than it was made for comes back with what hung on the unit on that one."""
    only_asked("day")
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.MANAGE_PARTIES)
    actor.must(Permission.MANAGE_PREMISES)
    actor.must(Permission.FILE)
    problems: list[str] = []
    typed = (request.form if request.method == "POST" else request.args).get("day")
    day: date | None = None
    try:
        if typed is not None:
            day = needed_day("day", typed)
            no_day_to_come(day, archive.clock.now())
    except Invalid as error:
        day, problems = None, [explain(error)]
    scene = _scene(bounded(unit_id), day)
    if request.method == "POST":
        refuse_unknown(_FIELDS | {key for key in request.form if _DECISION.fullmatch(key)})
        # Without a day that counts it is tried all the same: all that stands in the way is told at once.
        done = _transferred(scene.unit.id, [key for key, _ in scene.hanging])
        if isinstance(done, Transferred):
            return _tell(scene.unit, done)
        problems = done
    page = render_template(
        "records/transfer.html",
        unit=scene.unit,
        owners=scene.owners,
        hanging=scene.hanging,
        told=request.form,
        typed=typed,
        day=day,
        today=business_day(archive.clock.now()),
        papers=likely_papers(scene.unit.id),
        asks_day=request.method == "GET" and day is None,
        problems=problems,
        most_owners=MOST_OWNERS,
        **party_words(),
    )
    return page, 422 if problems else 200


@dataclass(frozen=True, slots=True)
class _Scene:
    """``owners``: until the day, of today without one. ``hanging``: (key, what a person calls it)."""

    unit: UnitRow
    owners: list[OccupancyRow]
    hanging: list[tuple[str, str]]


def _scene(unit_id: int, day: date | None) -> _Scene:
    archive = current_archive()
    with archive.reading() as session:
        unit = unit_queries.unit(session, unit_id)
        rows = queries.occupancies_of_unit(session, seal(), unit.id)
        links = unit_queries.links(session, unit.id) if day else []
        asked = hanging(session, unit.id, day) if day else []
        also = hung_on(session, current_actor(), unit.id, current_follower()) if day else ()
    live = [o for o in rows if o.holds_on(day or business_day(archive.clock.now()))]
    names = {f"link:{link.id}": link.display for link in links}
    names |= {f"occupancy:{o.id}": f"{gettext(rules.OCCUPANCY_NAMES[o.role])} {o.party.name}" for o in live}
    names |= {
        f"phone:{o.party.id}": gettext("Telephones of %(name)s", name=o.party.name) for o in live if o.owns
    }
    told = [(one.key, names.get(one.key, one.key)) for one in asked]
    told += [(one.key, mask(one.name(current_language()))) for one in also]
    return _Scene(unit, [o for o in live if o.owns], told)


def _tell(unit: UnitRow, done: Transferred) -> ResponseReturnValue:
    flash(gettext("%(unit)s has been transferred.", unit=unit.display), "success")
    closed, opened = ("、".join(file.file_no for file in files) for files in (done.closed, done.opened))
    if closed:
        flash(gettext("Closed: the old owner's files %(numbers)s", numbers=closed), "success")
    flash(gettext("Opened for the new owner: %(numbers)s", numbers=opened), "success")
    return redirect(url_for("premises.unit", unit_id=unit.id), code=303)


def _transferred(unit_id: UnitId, keys: list[str]) -> Transferred | list[str]:
    """Carry it out, or tell what stands in its way, in words."""
    form = request.form
    problems: list[Invalid | Conflict] = []
    owners: list[NewOwner] = []
    for number in range(1, MOST_OWNERS + 1):
        typed = {name: form.get(f"{name}_{number}", "").strip() for name in _OWNER_FIELDS}
        if not typed["name"] and not typed["id_no"]:
            continue
        facts, wrong = rules.read_party(typed)
        problems += wrong
        try:
            owners.append(NewOwner(facts, share=rules.share(typed["share"])))
        except Invalid as error:
            problems.append(error)
    decisions = {
        key: Decision(form[f"decision:{key}"])
        for key in keys
        if form.get(f"decision:{key}", "") in set(Decision)
    }
    if not problems:
        try:
            told = Transfer(
                day=needed_day("day", form.get("day", "")),
                document_id=document_id(paper_meant(form, "document")),
                owners=tuple(owners),
                reason=form.get("reason", ""),
                decisions=decisions,
            )
            with current_archive().unit_of_work(current_actor()) as work:
                done = transfer_title(work, seal(), unit_id, told, follower=current_follower())
        except (Invalid, Conflict) as error:
            problems.append(error)
        else:
            for owner in owners:
                if owner.facts is not None:
                    warn_of_id(owner.facts)
            return done
    return list(dict.fromkeys(explain(problem) for problem in problems))
