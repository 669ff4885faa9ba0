"""The lists that are open, one of them with its items, opening one by hand, its missing list for printing."""

from typing import Any, Final

from flask import Response, flash, make_response, render_template, request, url_for
from flask_babel import gettext

from archive_service import classification, people, premises, records
from archive_service.checklists.queries import items as item_queries
from archive_service.checklists.queries import lists as list_queries
from archive_service.checklists.queries import missing as missing_queries
from archive_service.checklists.queries import opened as queries
from archive_service.checklists.queries.opened import OpenedFilter
from archive_service.checklists.rules import ItemStanding, ListState
from archive_service.checklists.service import opening as service
from archive_service.checklists.web.furnishing import (
    CHANGES,
    CLOSED_BY,
    KINDS,
    LARGEST_ID,
    ONE,
    PAGE_SIZE,
    NoSuchFile,
    NoSuchUnit,
    blueprint,
    day_in,
    names_for,
    to,
    words,
)
from archive_service.kernel.actor import Permission
from archive_service.kernel.clock import business_day
from archive_service.kernel.errors import ArchiveError, Conflict, Invalid
from archive_service.web import (
    Paging,
    asked_page,
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)

_FIELDS: Final = ("checklist", "unit", "file_no", "case_name", "event_on")


@blueprint.get("")
def page() -> str:
    """``unit``, ``file``: ids. ``steward``: ``me`` or an id."""
    only_asked("checklist", "unit", "file", "steward", "state", "page")
    actor = current_actor()
    actor.must(Permission.SEE_CHECKLISTS)
    asked = request.args
    steward = asked.get("steward", "")
    state = asked.get("state", ListState.OPEN.value)
    wanted = OpenedFilter(
        code=asked.get("checklist", "")[:12],
        unit_id=whole_number(asked.get("unit", ""), LARGEST_ID),
        case_file_id=whole_number(asked.get("file", ""), LARGEST_ID),
        steward_id=actor.user_id if steward == "me" else whole_number(steward, LARGEST_ID),
        state=ListState(state) if state in set(ListState) else None,
    )
    number = asked_page()
    with current_archive().reading() as session:
        total = queries.opened_count(session, actor, wanted)
        rows = queries.opened_lists(session, actor, wanted, offset=(number - 1) * PAGE_SIZE, limit=PAGE_SIZE)
        full = queries.completeness(session, actor, [row.id for row in rows])
        names = names_for(session, rows, [row.steward_id for row in rows])
        choices = list_queries.lists(session)
    return render_template(
        "checklists/page.html",
        rows=rows,
        full=full,
        names=names,
        wanted=wanted,
        choices=choices,
        paging=Paging(number, PAGE_SIZE, total),
        **words(),
    )


@blueprint.get("/lists")
def lists() -> str:
    """The lists themselves: what has to be on file of what."""
    only_asked()
    current_actor().must(Permission.SEE_CHECKLISTS)
    with current_archive().reading() as session:
        rows = list_queries.lists(session)
        entries = list_queries.entries(session)
        classes = {row.code: row for row in classification.class_rows(session)}
    return render_template("checklists/lists.html", rows=rows, entries=entries, classes=classes, **words())


@blueprint.route("/new", methods=["GET", "POST"])
def new() -> Response:
    """In the address: the list and what it is of, to begin with."""
    only_asked("checklist", "unit", "file")
    actor = current_actor()
    actor.must(Permission.KEEP_CHECKLISTS)
    if request.method == "GET":
        return _new_page(_begun(), None)
    refuse_unknown(frozenset(_FIELDS))
    told = {name: request.form.get(name, "") for name in _FIELDS}
    try:
        with current_archive().unit_of_work(actor) as work:
            unit_id = file_id = None
            if told["unit"].strip():
                meant = premises.unit_meant(work.session, told["unit"]).unit
                if meant is None:
                    raise NoSuchUnit(field="unit")
                unit_id = meant.id
            if told["file_no"].strip():
                file = records.case_file_called(work.session, actor, told["file_no"])
                if file is None:
                    raise NoSuchFile(field="file_no")
                file_id = file.id
            row = service.open_list(
                work,
                told["checklist"],
                unit_id=unit_id,
                case_file_id=file_id,
                case_name=told["case_name"],
                event_on=day_in("event_on", told["event_on"]),
            )
    except (Invalid, Conflict) as error:
        return _new_page(told, error)
    flash(str(gettext("The list is open.")), "success")
    return to("checklists.one", opened_id=row.id)


def _begun() -> dict[str, str]:
    asked = request.args
    told = dict.fromkeys(_FIELDS, "")
    told["checklist"] = asked.get("checklist", "")[:12]
    told["event_on"] = business_day(current_archive().clock.now()).isoformat()
    unit_id, file_id = (whole_number(asked.get(name, ""), LARGEST_ID) for name in ("unit", "file"))
    with current_archive().reading() as session:
        if unit_id:
            told["unit"] = premises.unit(session, unit_id).display
        if file_id:
            told["file_no"] = records.case_file(session, current_actor(), file_id).file_no
    return told


def _new_page(told: dict[str, str], error: ArchiveError | None) -> Response:
    with current_archive().reading() as session:
        choices = list_queries.lists(session)
    field = "" if error is None else str(error.facts.get("field", ""))
    shown = render_template(
        "checklists/new.html",
        told=told,
        choices=choices,
        errors={field: [explain(error)]} if error and field in told else {},
        trouble=explain(error) if error and field not in told else None,
        **words(),
    )
    return make_response(shown, 200 if error is None else 409 if isinstance(error, Conflict) else 422)


@blueprint.get(ONE)
def one(opened_id: int) -> str:
    only_asked()
    return list_page(opened_id)


def list_page(opened_id: int, *, trouble: str | None = None, about: int = 0, told: str = "") -> str:
    """``trouble``: what could not be done, ``about`` an item, and what the person had written there."""
    actor = current_actor()
    actor.must(Permission.SEE_CHECKLISTS)
    archive = current_archive()
    with archive.reading() as session:
        row = queries.opened_list(session, actor, opened_id)
        shown = item_queries.items(session, actor, row.id)
        full = queries.completeness(session, actor, [row.id])[row.id]
        proposed = missing_queries.proposals(session, actor, row, shown)
        papers = item_queries.linked_papers(session, actor, shown)
        facts = queries.facts_of(session, row.id)
        changes = queries.changes(session, row.id)
        settlements = [s for item in shown for s in item.settlements]
        named = {s.by for s in settlements} | {s.ended_by for s in settlements}
        named |= {c.by for c in changes} | {row.steward_id, row.opened_by} | {f.by for f in facts}
        named |= {int(v) for c in changes if c.action == "steward" for v in (c.before, c.after) if v}
        names = names_for(session, [row], named)
        oversees = actor.may(Permission.OVERSEE_CHECKLISTS)
        everybody = people.display_names(session) if oversees else {}
    return render_template(
        "checklists/one.html",
        row=row,
        items=shown,
        full=full,
        proposed=proposed,
        papers=papers,
        facts={fact.fact: fact for fact in facts if fact.ended_at is None},
        facts_seen=queries.facts_seen(facts),
        changes=changes,
        change_words=CHANGES,
        closed_by_words=CLOSED_BY,
        kind_words={kind.value: told_ for kind, told_ in KINDS.items()},
        names=names,
        everybody=everybody,
        today=business_day(archive.clock.now()),
        trouble=trouble,
        about=about,
        told=told,
        **_stages(row.checklist.stages, row.stage),
        **words(),
    )


def _stages(stages: tuple[Any, ...], stage: str) -> dict[str, Any]:
    codes = [one.code for one in stages]
    here = codes.index(stage) if stage in codes else -1
    return {
        "stage_number": here,
        "next_stage": stages[here + 1] if 0 <= here < len(stages) - 1 else None,
        "last_stage": stages[here - 1] if here > 0 else None,
    }


@blueprint.get(f"{ONE}/print")
def print_missing(opened_id: int) -> str:
    """补齐通知: what whoever it is about still has to bring, on A4."""
    only_asked()
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.SEE_CHECKLISTS)
    with archive.reading() as session:
        row = queries.opened_list(session, actor, opened_id)
        shown = item_queries.items(session, actor, row.id)
        names = names_for(session, [row], [row.steward_id])
        unit = premises.unit(session, row.unit_id) if row.unit_id else None
    return render_template(
        "checklists/print/missing.html",
        row=row,
        lines=[item for item in shown if item.state in (ItemStanding.MISSING, ItemStanding.PROMISED)],
        undecided=[item for item in shown if item.state is ItemStanding.UNDECIDED],
        partial=any(item.state is ItemStanding.CLOSED for item in shown),
        unit=unit,
        names=names,
        today=business_day(archive.clock.now()),
        back=url_for("checklists.one", opened_id=row.id),
        **words(),
    )
