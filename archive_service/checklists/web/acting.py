"""What a person does on the page of a list: link, set aside, promise, take back; facts, stage, steward, end."""

from collections.abc import Callable
from typing import Final

from flask import Response, flash, make_response, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext

from archive_service import people
from archive_service.checklists.queries import items as item_queries
from archive_service.checklists.queries import opened as queries
from archive_service.checklists.queries.items import SettlementRow
from archive_service.checklists.queries.opened import facts_seen
from archive_service.checklists.rules import (
    BadEventDay,
    BadPromise,
    FactsMeanwhile,
    SettledMeanwhile,
    Settlement,
    StageMeanwhile,
)
from archive_service.checklists.service import going_on, settling
from archive_service.checklists.web.furnishing import KINDS, LARGEST_ID, ONE, blueprint, day_in, to
from archive_service.checklists.web.pages import list_page
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.ids import parse_uuid
from archive_service.kernel.masking import mask
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import (
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.formats import day as day_of
from archive_service.web.meanwhile import Line, Told, asked_again

ITEM: Final = "/items/<int(max=2147483647):item_id>"
_FACT: Final = "fact:"
LONGEST: Final = 400
"""Of what is shown again to be put right: an address of a paper's page is longer than any reason."""


@blueprint.post(f"{ITEM}/papers")
def link(item_id: int) -> ResponseReturnValue:
    """``document``: one that was proposed; or ``archival_no`` as typed."""

    def verb(work: UnitOfWork) -> None:
        form = request.form
        chosen = parse_uuid(form.get("document", ""))
        number = "" if chosen else form.get("archival_no", "")
        settling.link_paper(
            work, item_id, document_id=chosen, archival_no=number, seen=form.get("seen") or None
        )

    return _on_item(item_id, verb, {"document", "archival_no", "seen"}, "archival_no")


@blueprint.post(f"{ITEM}/waiver")
def set_aside(item_id: int) -> ResponseReturnValue:
    def verb(work: UnitOfWork) -> None:
        form = request.form
        settling.set_aside(work, item_id, reason=form.get("reason", ""), seen=form.get("seen") or None)

    return _on_item(item_id, verb, {"reason", "seen"}, "reason")


@blueprint.post(f"{ITEM}/promise")
def promise(item_id: int) -> ResponseReturnValue:
    def verb(work: UnitOfWork) -> None:
        form = request.form
        try:
            day = day_in("promised_for", form.get("promised_for", ""))
        except BadEventDay as error:
            raise BadPromise(field="promised_for") from error
        said, seen = form.get("reason", ""), form.get("seen") or None
        settling.promise(work, item_id, day=day, reason=said, seen=seen)

    return _on_item(item_id, verb, {"promised_for", "reason", "seen"}, "promised_for")


@blueprint.post(f"{ITEM}/settlements/<int(max=2147483647):settlement_id>/end")
def take_back(item_id: int, settlement_id: int) -> ResponseReturnValue:
    def verb(work: UnitOfWork) -> None:
        settling.take_back(work, settlement_id, reason=request.form.get("reason", ""))

    return _on_item(item_id, verb, {"reason"}, "reason")


def _on_item(
    item_id: int, verb: Callable[[UnitOfWork], None], fields: set[str], told: str
) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset(fields | {"back"}))
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.KEEP_CHECKLISTS)
    with archive.reading() as session:
        opened, row = item_queries.item(session, actor, item_id)
    try:
        with archive.unit_of_work(actor) as work:
            verb(work)
    except SettledMeanwhile as error:
        if (asked := _item_again(error, item_id, told)) is not None:
            return asked
        page = list_page(opened.id, trouble=f"{row.entry.code} {explain(error)}", about=item_id)
        return make_response(page, 409)
    except (Invalid, Conflict) as error:
        page = list_page(
            opened.id,
            trouble=f"{row.entry.code} {explain(error)}",
            about=item_id,
            told=request.form.get(told, "")[:LONGEST],
        )
        return make_response(page, 409 if isinstance(error, Conflict) else 422)
    except NotFound as error:
        page = list_page(opened.id, trouble=f"{row.entry.code} {explain(error)}", about=item_id)
        return make_response(page, 404)
    if request.form.get("back") == "document" and (document := parse_uuid(request.form.get("document", ""))):
        flash(str(gettext("It stands for “%(item)s” now.", item=row.entry.name_zh)), "success")
        return to("records.document", document_id=document)
    flash(str(gettext("Saved.")), "success")
    return to("checklists.one", opened_id=opened.id, _anchor=f"item-{item_id}")


def _item_again(error: Conflict, item_id: int, told: str) -> Response | None:
    """What somebody else said of the item since the person looked, beside what the person was about to say; None if
    the form did not say what they had looked at."""
    form, endpoint = request.form, request.endpoint or ""
    if "seen" not in form:
        return None
    with current_archive().reading() as session:
        opened, row = item_queries.item(session, current_actor(), item_id)
        papers = item_queries.linked_papers(session, current_actor(), [row])
        names = people.display_names(session, {s.by for s in row.settlements if s.by is not None})
    then = set(form["seen"].split("-"))

    def words(s: SettlementRow) -> str:
        paper = papers.get(s.document_id) if s.document_id else None
        said = [gettext(KINDS[s.kind]), str(day_of(s.promised_for)) if s.promised_for else ""]
        said += [paper.archival_no or "" if paper else "", mask(s.reason), names.get(s.by or 0, "")]
        return " ".join(text for text in said if text)

    lines = [
        Line(gettext("Taken back"), words(s), "–")
        for s in row.settlements
        if str(s.id) in then and not s.is_live
    ]
    lines += [Line(gettext("Said since"), "", words(s)) for s in row.live if str(s.id) not in then]
    buttons = {
        "checklists.link": gettext("Link"),
        "checklists.promise": gettext("Note"),
        "checklists.set_aside": gettext("Set aside"),
    }
    hidden = {name: form[name][:255] for name in ("document", "back") if form.get(name)}
    labels = {
        "archival_no": gettext("Archival number of the paper"),
        "promised_for": gettext("Will be brought by"),
        "reason": gettext("Does not apply, because"),
    }
    shown = (
        []
        if "document" in hidden
        else [
            Told(
                told,
                labels[told],
                form.get(told, "")[:LONGEST],
                kind="date" if told == "promised_for" else "text",
            )
        ]
    )
    waived = any(s.kind is Settlement.NOT_APPLICABLE for s in row.live)
    return asked_again(
        error,
        place="checklists",
        heading=f"{row.entry.code} {row.entry.name(current_language())}",
        button=buttons[endpoint],
        back=url_for("checklists.one", opened_id=opened.id, _anchor=f"item-{item_id}"),
        lines=lines,
        told=shown,
        hidden=hidden | {"seen": row.seen},
        goes_on=not (waived and endpoint == "checklists.set_aside"),
    )


@blueprint.post(f"{ONE}/facts")
def facts(opened_id: int) -> ResponseReturnValue:
    """One field ``fact:…`` for each question: ``yes``, ``no``, or nothing for one that stays undecided. ``seen``: the
    answers that the person saw."""

    def verb(work: UnitOfWork) -> None:
        going_on.tell_facts(work, opened_id, _facts(), seen=request.form.get("seen"))

    return _on_list(opened_id, verb, {"seen", *_fact_fields(opened_id)}, _facts_again)


def _facts_again(error: Conflict, opened_id: int) -> Response:
    with current_archive().reading() as session:
        row = queries.opened_list(session, current_actor(), opened_id)
        now = facts_seen(queries.facts_of(session, row.id))
    then, language = request.form.get("seen", ""), current_language()
    answers = {"yes": gettext("Yes"), "no": gettext("No")}
    before, stored = (dict(one.partition(":")[::2] for one in text.split(",") if one) for text in (then, now))
    names = {fact.code: fact.name(language) for fact in row.checklist.facts}
    told = _facts()
    lines = [
        Line(name, answers.get(before.get(code, ""), ""), answers.get(stored.get(code, ""), ""))
        for code, name in names.items()
        if before.get(code) != stored.get(code)
    ]
    return asked_again(
        error,
        place="checklists",
        heading=row.checklist.name(language),
        button=gettext("Save"),
        back=url_for("checklists.one", opened_id=row.id),
        lines=lines,
        told=[
            Told(
                _FACT + code,
                name,
                "yes" if told[code] else "no",
                kind="select",
                options=tuple(answers.items()),
            )
            for code, name in names.items()
            if code in told and ("yes" if told[code] else "no") != stored.get(code)
        ],
        hidden={"seen": now},
    )


def _fact_fields(opened_id: int) -> set[str]:
    with current_archive().reading() as session:
        row = queries.opened_list(session, current_actor(), opened_id)
    return {_FACT + fact.code for fact in row.checklist.facts}


def _facts() -> dict[str, bool]:
    told = ((n.removeprefix(_FACT), v) for n, v in request.form.items() if n.startswith(_FACT))
    return {name: value == "yes" for name, value in told if value in ("yes", "no")}


@blueprint.post(f"{ONE}/stage")
def stage(opened_id: int) -> ResponseReturnValue:
    def verb(work: UnitOfWork) -> None:
        form = request.form
        stage, seen = form.get("stage", "")[:20], form.get("seen", "")
        going_on.enter_stage(work, opened_id, stage, seen=seen, facts=_facts())

    return _on_list(opened_id, verb, {"stage", "seen", *_fact_fields(opened_id)}, _stage_again)


def _stage_again(error: Conflict, opened_id: int) -> Response:
    """``goes_on``: from where the case stands now, that stage can be reached."""
    with current_archive().reading() as session:
        row = queries.opened_list(session, current_actor(), opened_id)
    wanted, language = request.form.get("stage", "")[:20], current_language()
    codes = [one.code for one in row.checklist.stages]
    reached = wanted in codes and wanted != row.stage and codes.index(wanted) <= codes.index(row.stage) + 1
    name = row.checklist.stage_name
    before = request.form.get("seen", "")
    return asked_again(
        error,
        place="checklists",
        heading=row.checklist.name(language),
        button=gettext("To “%(stage)s”", stage=name(wanted, language) if wanted in codes else ""),
        back=url_for("checklists.one", opened_id=row.id),
        lines=[
            Line(
                gettext("Stage of the case"),
                name(before, language) if before in codes else "",
                name(row.stage, language),
            )
        ],
        hidden={"stage": wanted, "seen": row.stage}
        | {_FACT + code: "yes" if holds else "no" for code, holds in _facts().items()},
        goes_on=reached,
    )


@blueprint.post(f"{ONE}/steward")
def steward(opened_id: int) -> ResponseReturnValue:
    """``steward``: an id; by default whoever asks."""

    def verb(work: UnitOfWork) -> None:
        chosen = whole_number(request.form.get("steward", ""), LARGEST_ID)
        going_on.entrust(work, opened_id, chosen or work.actor.user_id or 0)

    return _on_list(opened_id, verb, {"steward"})


@blueprint.post(f"{ONE}/state")
def state(opened_id: int) -> ResponseReturnValue:
    """Close the list, or open it again if ``step`` says so."""

    def verb(work: UnitOfWork) -> None:
        reason = request.form.get("reason", "")
        if request.form.get("step") == "reopen":
            going_on.reopen_list(work, opened_id, reason=reason)
        else:
            going_on.close_list(work, opened_id, reason=reason)

    return _on_list(opened_id, verb, {"step", "reason"})


def _on_list(
    opened_id: int,
    verb: Callable[[UnitOfWork], None],
    fields: set[str],
    again: Callable[[Conflict, int], Response] | None = None,
) -> ResponseReturnValue:
    """``again``: the page for whoever was too late."""
    only_asked()
    refuse_unknown(frozenset(fields))
    actor = current_actor()
    if not actor.may(Permission.OVERSEE_CHECKLISTS):
        actor.must(Permission.KEEP_CHECKLISTS)
    try:
        with current_archive().unit_of_work(actor) as work:
            verb(work)
    except (StageMeanwhile, FactsMeanwhile) as error:
        assert again is not None, "only these forms carry what the person saw"
        return again(error, opened_id)
    except (Invalid, Conflict, Forbidden) as error:
        status = 403 if isinstance(error, Forbidden) else 409 if isinstance(error, Conflict) else 422
        return make_response(list_page(opened_id, trouble=explain(error)), status)
    flash(str(gettext("Saved.")), "success")
    answer: Response = to("checklists.one", opened_id=opened_id)
    return answer
