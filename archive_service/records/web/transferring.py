"""Title transfer as one page: the day and the paper, the new owners, what becomes of what hangs on the unit, and
the owners' files that are closed and opened with it."""

import re
import uuid
from dataclasses import dataclass, field
from datetime import date
from typing import Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import N_, Conflict, Invalid
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
_OWNER_LABELS: Final = {
    "kind": N_("Person or company"),
    "name": N_("Name"),
    "id_type": N_("Identity paper"),
    "id_no": N_("Number of the identity paper"),
    "mobile": N_("Mobile"),
    "share": N_("Share"),
}
_LABELS: Final = {
    "day": N_("Day of the transfer"),
    "document": N_("Paper that shows it"),
    "reason": N_("Why"),
}
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
    problems = _Problems()
    typed = (request.form if request.method == "POST" else request.args).get("day")
    day: date | None = None
    try:
        if typed is not None or request.method == "POST":
            day = needed_day("day", typed or "")
            no_day_to_come(day, archive.clock.now())
    except Invalid as error:
        day = None
        problems.add(error)
    scene = _scene(bounded(unit_id), day)
    if request.method == "POST":
        refuse_unknown(_FIELDS | {key for key in request.form if _DECISION.fullmatch(key)})
        # Without a day that counts it is tried all the same: all that stands in the way is told at once.
        done = _transferred(scene.unit.id, day, [key for key, _ in scene.hanging], problems)
        if done is not None:
            return _tell(scene.unit, done)
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
        problems=list(dict.fromkeys(problems.told)),
        errors=problems.of_fields,
        more_owners=problems.beyond_first or bool(request.form.get("name_2")),
        most_owners=MOST_OWNERS,
        **party_words(),
    )
    return page, 422 if problems.told else 200


@dataclass(frozen=True, slots=True)
class _Problems:
    """What stands in the way, in words. ``told``: each with the place it is about; ``of_fields``: what to say at a
    field of the form, by its name."""

    told: list[str] = field(default_factory=list)
    of_fields: dict[str, list[str]] = field(default_factory=dict)

    def add(self, error: Invalid | Conflict, owner: int | None = None) -> None:
        """``owner``: the number of the new owner in the form, if it is about one."""
        words, name = explain(error), str(error.facts.get("field", ""))
        if name == "owners":
            name, owner = "name", 1
        elif name == "document_typed":
            name = "document"
        if owner is not None and name in _OWNER_LABELS:
            label = gettext(_OWNER_LABELS[name])
            place = gettext("New owner %(number)s, %(field)s", number=owner, field=label)
            name = f"{name}_{owner}"
        elif name in _LABELS:
            place = gettext(_LABELS[name])
        else:
            self.told.append(words)
            return
        self.told.append(gettext("%(place)s: %(problem)s", place=place, problem=words))
        self.of_fields.setdefault(name, []).append(words)

    @property
    def beyond_first(self) -> bool:
        return any(name[-1].isdigit() and name[-1] != "1" for name in self.of_fields)


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


def _transferred(
    unit_id: UnitId, day: date | None, keys: list[str], problems: _Problems
) -> Transferred | None:
    """Carry it out, or add what stands in its way to ``problems``."""
    form = request.form
    owners: list[NewOwner] = []
    for number in range(1, MOST_OWNERS + 1):
        typed = {name: form.get(f"{name}_{number}", "").strip() for name in _OWNER_FIELDS}
        if not any(typed[name] for name in ("name", "id_no", "mobile", "share")):
            continue
        facts, wrong = rules.read_party(typed)
        for problem in wrong:
            problems.add(problem, number)
        try:
            owners.append(NewOwner(facts, share=rules.share(typed["share"])))
        except Invalid as error:
            problems.add(error, number)
    decisions = {
        key: Decision(form[f"decision:{key}"])
        for key in keys
        if form.get(f"decision:{key}", "") in set(Decision)
    }
    paper: uuid.UUID | None = None
    try:
        paper = document_id(paper_meant(form, "document"))
    except Invalid as error:
        problems.add(error)
    if problems.told or day is None:
        return None
    told = Transfer(
        day=day,
        document_id=paper,
        owners=tuple(owners),
        reason=form.get("reason", ""),
        decisions=decisions,
    )
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            done = transfer_title(work, seal(), unit_id, told, follower=current_follower())
    except (Invalid, Conflict) as error:
        problems.add(error)
        return None
    for owner in owners:
        if owner.facts is not None:
            warn_of_id(owner.facts)
    return done
