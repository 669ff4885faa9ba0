"""People and companies at the counter: found by name or exact number, shown masked, entered for a unit."""

import uuid
from dataclasses import replace
from datetime import date
from typing import Any, Final

from flask import flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, lazy_gettext
from wtforms import HiddenField, SelectField, StringField, SubmitField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import Length

from archive_service import people
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import Conflict, Invalid
from archive_service.premises.queries import parties as queries
from archive_service.premises.queries import units as unit_queries
from archive_service.premises.rules import parties as rules
from archive_service.premises.rules import units as unit_rules
from archive_service.premises.rules.parties import (
    ID_TYPE_NAMES,
    OCCUPANCY_NAMES,
    PARTY_FIELDS,
    PARTY_KIND_NAMES,
    NewOccupancy,
    OccupancyRole,
    PartyFacts,
    PartyId,
    PartyKind,
)
from archive_service.premises.rules.sealing import Seal
from archive_service.premises.service import finding
from archive_service.premises.service import parties as service
from archive_service.premises.service.seals import seal_of
from archive_service.premises.web.editing import status_of, tell
from archive_service.premises.web.pages import LARGEST_ID, blueprint, bounded, words
from archive_service.web import (
    ServiceForm,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.meanwhile import Both, both, put_into, take_into, texts_of
from archive_service.web.papers import Paper, UnknownPaper, current_papers, paper_meant

FIELD_NAMES: Final = {
    "kind": lazy_gettext("Person or company"),
    "name": lazy_gettext("Name"),
    "id_type": lazy_gettext("Identity paper"),
    "id_no": lazy_gettext("Number of the identity paper"),
    "mobile": lazy_gettext("Mobile"),
    "mobile_2": lazy_gettext("Second telephone"),
    "mail_address": lazy_gettext("Postal address"),
}
CHOICES: Final[dict[str, dict[Any, str]]] = {"kind": PARTY_KIND_NAMES, "id_type": ID_TYPE_NAMES}


def choices(names: dict[Any, str]) -> list[SelectChoice]:
    return [SelectChoice(code.value, lazy_gettext(text)) for code, text in names.items()]


def party_field(name: str) -> Any:
    if name in CHOICES:
        return SelectField(FIELD_NAMES[name], choices=choices(CHOICES[name]))
    kwargs = {"autocomplete": "off"}
    return StringField(FIELD_NAMES[name], validators=[Length(max=255)], render_kw=kwargs)


class PartyForm(ServiceForm):
    seen = HiddenField()
    reason = StringField(lazy_gettext("Why it changes"), validators=[Length(max=255)])
    document = StringField(lazy_gettext("Paper that shows it"), validators=[Length(max=400)])
    document_typed = StringField(lazy_gettext("Paper that shows it"), validators=[Length(max=400)])
    submit = SubmitField(lazy_gettext("Save"))


class OccupancyForm(ServiceForm):
    """``party``: somebody known; without one the fields beside it tell who it is."""

    party = HiddenField()
    role = SelectField(lazy_gettext("What they are to the unit"), choices=choices(OCCUPANCY_NAMES))
    share = StringField(lazy_gettext("Share"), validators=[Length(max=20)])
    since = StringField(lazy_gettext("Since"), validators=[Length(max=20)])
    until = StringField(lazy_gettext("Until"), validators=[Length(max=20)])
    document = StringField(lazy_gettext("Paper that shows it"), validators=[Length(max=400)])
    document_typed = StringField(lazy_gettext("Paper that shows it"), validators=[Length(max=400)])
    source_note = StringField(lazy_gettext("Or where it is known from"), validators=[Length(max=255)])
    submit = SubmitField(lazy_gettext("Save"))


for _name in PARTY_FIELDS:
    setattr(PartyForm, _name, party_field(_name))
    setattr(OccupancyForm, _name, party_field(_name))


def party_words() -> dict[str, Any]:
    actor = current_actor()
    return {
        **words(),
        "role_names": {k.value: v for k, v in OCCUPANCY_NAMES.items()},
        "party_kind_names": {k.value: v for k, v in PARTY_KIND_NAMES.items()},
        "id_type_names": {k.value: v for k, v in ID_TYPE_NAMES.items()},
        "may_enter": actor.may(Permission.MANAGE_PARTIES),
        "may_transfer": actor.may(Permission.MANAGE_PARTIES) and actor.may(Permission.MANAGE_PREMISES),
        "may_unmask": actor.may(Permission.UNMASK),
    }


def seal() -> Seal:
    return seal_of(current_archive())


def document_id(text: str) -> uuid.UUID | None:
    """Of the paper that somebody means by an archival number, an id or the address of its page; None for nothing.
    Raises UnknownPaper, also for one that they don't see."""
    if not text:
        return None
    with current_archive().reading() as session:
        found = current_papers().called(session, current_actor(), text)
    if found is None:
        raise UnknownPaper(field="document_typed")
    return found


def likely_papers(*unit_ids: int) -> list[Paper]:
    """Those about the units that a form may mean, as choices."""
    with current_archive().reading() as session:
        return current_papers().likely(session, current_actor(), unit_ids)


def warn_of_id(facts: PartyFacts) -> None:
    if facts.id_type is rules.IdType.ID_CARD and rules.id_card_doubtful(facts.id_no):
        flash(
            gettext(
                "The identity card's number does not check out. It was kept as typed; please compare it."
            ),
            "warning",
        )


@blueprint.route("/premises/parties", methods=["GET", "POST"])
def parties() -> ResponseReturnValue:
    """What is looked for comes in the body, so that no number stands in an address or a log."""
    only_asked()
    refuse_unknown(frozenset({"q", "submit"}))
    current_actor().must(Permission.SEE_PARTIES)
    text = request.form.get("q", "")
    found = None
    if text.strip():
        with current_archive().unit_of_work(current_actor()) as work:
            found = finding.find_parties(work, seal(), text)
    return render_template("premises/parties.html", found=found, most=queries.MOST_FOUND, **party_words())


@blueprint.get("/premises/parties/<int:party_id>")
def party(party_id: int) -> ResponseReturnValue:
    only_asked()
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_PARTIES)
    now = archive.clock.now()
    with archive.reading() as session:
        until = None
        if actor.may(Permission.UNMASK):
            until = queries.unmasked_until(session, actor.user_id, bounded(party_id), now)
        row = queries.party(session, seal(), bounded(party_id), in_clear=until is not None)
        occupancies = queries.occupancies_of_party(session, seal(), row.id)
        history = queries.party_history(session, seal(), row.id)
        told_by = queries.papers_named(occupancies) | {version.source_document_id for version in history}
        seen_papers = current_papers().seen(session, actor, told_by)
        names = people.display_names(session)
    return render_template(
        "premises/party.html",
        row=row,
        until=until,
        occupancies=occupancies,
        history=history,
        seen_papers=seen_papers,
        names=names,
        today=business_day(now),
        **party_words(),
    )


@blueprint.post("/premises/parties/<int:party_id>/unmasking")
def unmask(party_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"reason", "submit"}))
    current_actor().must(Permission.UNMASK)
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            service.unmask(work, bounded(party_id), reason=request.form.get("reason", ""))
    except Invalid as error:
        flash(explain(error), "danger")
    return redirect(url_for("premises.party", party_id=bounded(party_id)), code=303)


@blueprint.route("/premises/parties/<int:party_id>/edit", methods=["GET", "POST"])
def edit_party(party_id: int) -> ResponseReturnValue:
    """Fields that are left empty stay as they are: who changes a telephone need not see the rest."""
    only_asked()
    current_actor().must(Permission.MANAGE_PARTIES)
    with current_archive().reading() as session:
        row = queries.party(session, seal(), bounded(party_id))
    form = PartyForm()
    found: dict[str, Both] = {}
    status = 200
    if form.validate_on_submit():
        _take_stored(form, row)
        error = _party_changed(form, row.id)
        if error is None:
            return redirect(url_for("premises.party", party_id=row.id), code=303)
        status = status_of(error)
        if isinstance(error, service.StaleParty):
            row, found = _party_meanwhile(form, row.id)
    elif form.is_submitted():
        status = 422
    else:
        form.kind.data, form.id_type.data, form.seen.data = row.kind.value, row.id_type.value, row.number
    with current_archive().reading() as session:
        held = {one.unit_id for one in queries.occupancies_of_party(session, seal(), row.id)}
    page = render_template(
        "premises/edit_party.html",
        form=form,
        row=row,
        found=found,
        papers=likely_papers(*held),
        **party_words(),
    )
    return page, status


_COVERED: Final = ("id_no", "mobile", "mobile_2", "mail_address")
"""Nobody sees these in clear without saying why, so no answer tells whether what was typed is what is stored."""
_CHOSEN: Final = ("kind", "id_type")
"""Of the form of a party these always say something; the other fields are empty for what stays as it is."""


def _take_stored(form: PartyForm, row: queries.PartyRow) -> None:
    """Where the person ticked it, what is stored stays: the field is empty again."""
    told = dict.fromkeys(PARTY_FIELDS, "") | {"kind": row.kind.value, "id_type": row.id_type.value}
    take_into(form, told)


def _party_meanwhile(form: PartyForm, party_id: PartyId) -> tuple[queries.PartyRow, dict[str, Both]]:
    """What is stored now, masked as everywhere, beside what the person typed; the form for it. Numbers and addresses
    that were typed stay beside those that somebody else changed, whether they are the same or not."""
    seen = whole_number(form.seen.data or "", LARGEST_ID) or 0
    with current_archive().reading() as session:
        row = queries.party(session, seal(), party_id)
        now = queries.facts_of(queries.current_version(session, party_id), seal())
        old = queries.version_facts(session, seal(), party_id, seen)
    stored = {name: str(getattr(now, name)) for name in PARTY_FIELDS}
    before = {name: str(getattr(old, name)) for name in PARTY_FIELDS} if old else stored
    typed = texts_of(form, PARTY_FIELDS)
    found = both({name: typed[name] or before[name] for name in PARTY_FIELDS}, stored, before)
    found |= {name: replace(found[name], clash=True) for name in _COVERED if name in found and typed[name]}
    put_into(form, {name: stored[name] for name in _CHOSEN if name in found and not found[name].clash})
    form.seen.data = row.number
    return row, {name: replace(one, stored=_masked_fact(row, name)) for name, one in found.items()}


def _masked_fact(row: queries.PartyRow, name: str) -> str:
    value = str(getattr(row, name))
    names = {code.value: text for code, text in CHOICES.get(name, {}).items()}
    return str(gettext(names[value])) if names.get(value) else value


def _party_changed(form: PartyForm, party_id: PartyId) -> Invalid | Conflict | None:
    """What stands in the way; the form tells it."""
    typed = {name: (form[name].data or "").strip() for name in PARTY_FIELDS}
    seen = whole_number(form.seen.data or "", LARGEST_ID) or 0
    try:
        paper = document_id(paper_meant(request.form, "document"))
        with current_archive().unit_of_work(current_actor()) as work:
            before = queries.facts_of(queries.current_version(work.session, party_id), seal())
            told = {name: typed[name] or str(getattr(before, name)) for name in PARTY_FIELDS}
            if typed["id_no"] and not typed["id_type"]:
                told["id_type"] = ""
            facts, problems = rules.read_party(told)
            for problem in problems:
                tell(form, problem)
            if facts is None:
                return problems[0]
            service.change_party(
                work, seal(), party_id, facts, seen=seen, reason=form.reason.data or "", document_id=paper
            )
    except (Invalid, Conflict) as error:
        tell(form, error)
        return error
    warn_of_id(facts)
    flash(gettext("Saved."), "success")
    return None


@blueprint.route("/premises/units/<int:unit_id>/occupancies/new", methods=["GET", "POST"])
def new_occupancy(unit_id: int) -> ResponseReturnValue:
    only_asked("party", "role")
    current_actor().must(Permission.MANAGE_PARTIES)
    archive = current_archive()
    form = OccupancyForm()
    known = whole_number(request.values.get("party", ""), LARGEST_ID)
    with archive.reading() as session:
        unit = unit_queries.unit(session, bounded(unit_id))
        somebody = queries.party(session, seal(), known) if known else None
    if form.validate_on_submit():
        if _entered(form, unit.id, known):
            return redirect(url_for("premises.unit", unit_id=unit.id), code=303)
    elif request.method == "GET":
        asked = request.args.get("role", "")
        form.role.data = asked if asked in set(OccupancyRole) else OccupancyRole.OWNER.value
        form.kind.data, form.since.data = (
            PartyKind.PERSON.value,
            business_day(archive.clock.now()).isoformat(),
        )
        form.party.data = str(known or "")
    page = render_template(
        "premises/new_occupancy.html",
        form=form,
        unit=unit,
        somebody=somebody,
        papers=likely_papers(unit.id),
        **party_words(),
    )
    return page, 422 if form.is_submitted() else 200


def _entered(form: OccupancyForm, unit_id: int, known: int | None) -> bool:
    facts: PartyFacts | None = None
    problems: list[Invalid] = []
    if not known:
        facts, problems = rules.read_party({name: form[name].data or "" for name in PARTY_FIELDS})
    try:
        since = needed_day("since", form.since.data or "")
        until = unit_rules.day("until", form.until.data or "")
        share = rules.share(form.share.data or "")
        paper = document_id(paper_meant(request.form, "document"))
    except Invalid as error:
        problems.append(error)
    for problem in problems:
        tell(form, problem)
    if problems:
        return False
    note = form.source_note.data or ""
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            if facts is not None:
                known = service.same_party(work, seal(), facts) or service.add_party(
                    work, seal(), facts, reason=note or gettext("entered for a unit"), document_id=paper
                )
            service.add_occupancy(
                work,
                NewOccupancy(
                    unit_id=unit_id,
                    party_id=known or 0,
                    role=OccupancyRole(form.role.data),
                    since=since,
                    until=until,
                    share=share,
                    document_id=paper,
                    source_note=note,
                ),
            )
    except (Invalid, Conflict) as error:
        tell(form, error)
        return False
    if facts is not None:
        warn_of_id(facts)
    flash(gettext("Saved."), "success")
    return True


def needed_day(name: str, text: str) -> date:
    """Raises BadDay, also for nothing."""
    found = unit_rules.day(name, text)
    if found is None:
        raise unit_rules.BadDay(field=name)
    return found


@blueprint.post("/premises/occupancies/<int:occupancy_id>/ending")
def end_occupancy(occupancy_id: int) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"until", "reason", "document", "document_typed", "unit", "submit"}))
    current_actor().must(Permission.MANAGE_PARTIES)
    told = request.form
    unit_id = whole_number(told.get("unit", ""), LARGEST_ID) or 0
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            unit_id = service.end_occupancy(
                work,
                bounded(occupancy_id),
                until=needed_day("until", told.get("until", "")),
                reason=told.get("reason", ""),
                document_id=document_id(paper_meant(told, "document")),
            )
    except (Invalid, Conflict) as error:
        flash(explain(error), "danger")
    else:
        flash(gettext("Saved."), "success")
    return redirect(url_for("premises.unit", unit_id=unit_id), code=303)
