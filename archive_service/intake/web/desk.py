"""The filing desk: one paper of the inbox after the other, picture left, form right, filled in with what is proposed.

A person confirms each. The page works as a plain form; its script (frontend/desk.js) asks for the same addresses and
puts only the part that changes into the page, so that nobody waits for a reload.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from flask import Response, flash, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext
from sqlalchemy.orm import Session

from archive_service import classification, people, records, scans, suggestions
from archive_service.classification.web import class_groups
from archive_service.intake.web.offering import Offer, fill_offers, offers_of
from archive_service.intake.web.pages import blueprint
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.errors import ArchiveError, Conflict, Forbidden, Invalid, NotFound
from archive_service.kernel.masking import mask
from archive_service.records import BeingEdited, Queue, ReviewState, SendBackReason
from archive_service.records import web as forms
from archive_service.records.web import Needs, Seen
from archive_service.scans.web import class_names
from archive_service.web import (
    current_actor,
    current_archive,
    current_language,
    explain,
    only_asked,
    refuse_unknown,
)
from archive_service.web.meanwhile import TAKE, Both, Line, both, taken, told_again

ONE: Final = "/inbox/desk/<uuid:document_id>"
MOST_ALIKE: Final = 3
SHORTCUTS: Final = 5  # candidates that have a key of their own
_FORM: Final = forms.DESK_FIELDS | {"act", "pick", "class_was", "queue", TAKE}
_MEANT: Final = frozenset({"file", "review", "look"})


@dataclass(frozen=True, slots=True)
class Form:
    """What the form shows. ``filled``: fields that hold a candidate nobody has confirmed yet."""

    told: dict[str, str]
    needs: Needs
    offers: dict[str, list[Offer]]
    filled: set[str]
    error: ArchiveError | None = None
    meanwhile: dict[str, Both] | None = None


@dataclass(frozen=True, slots=True)
class Back:
    """A paper that was to be sent back, too late: what the person wrote, and what was changed meanwhile."""

    reason: str = ""
    comment: str = ""
    trouble: str = ""
    lines: Sequence[Line] = ()


NOT_BACK: Final = Back()


def _asked_queue(text: str) -> Queue:
    return Queue(text) if text in set(Queue) else Queue.FILING


@blueprint.get("/inbox/desk")
def desk() -> ResponseReturnValue:
    """The next paper, or the one after ``after``; a page that says so when there is none."""
    only_asked("queue", "after")
    actor, archive = current_actor(), current_archive()
    actor.must(Permission.UPLOAD)
    queue = _asked_queue(request.args.get("queue", ""))
    after = _parsed(request.args.get("after", ""))
    with archive.reading() as session:
        found = records.next_waiting(session, actor, queue, archive.clock.now(), after=after)
    if found is not None:
        return redirect(url_for("intake.desk_paper", document_id=found, queue=queue.value), code=303)
    page = _template("intake/desk_done.html", "intake/_desk_done.html", queue=queue.value, skipped=after)
    return _answer(page, 200, url_for("intake.desk", queue=queue.value))


def _parsed(text: str) -> uuid.UUID | None:
    try:
        return uuid.UUID(text) if text else None
    except ValueError:
        return None


@blueprint.get(ONE)
def desk_paper(document_id: uuid.UUID) -> Response:
    only_asked("queue", "page")
    queue = _asked_queue(request.args.get("queue", ""))
    with current_archive().reading() as session:
        seen = _in_hand(session, document_id)
        return _page(session, seen, queue, _begun(session, seen))


def _in_hand(session: Session, document_id: uuid.UUID) -> Seen:
    """Raises NotFound, Forbidden: the desk is for papers that one can do something about."""
    actor = current_actor()
    actor.must(Permission.UPLOAD)
    seen = forms.seen_document(session, document_id)
    row = seen.row
    if row.discarded_at is not None:
        raise NotFound()
    if row.trouble == records.MARKED:
        raise records.MarkedPaper()
    returned = records.is_returned_to(session, actor, row.id)
    now = current_archive().clock.now()
    if not records.may_describe(
        actor,
        now,
        class_code=row.class_code,
        created_at=row.created_at,
        created_by=row.created_by,
        filed=bool(row.archival_no),
        returned=returned,
    ):
        raise Forbidden()
    return seen


def _begun(session: Session, seen: Seen) -> Form:
    """The form as it begins: what is stored, then what was handed in, then what is proposed, then what is usual."""
    actor, row = current_actor(), seen.row
    review = records.open_review(session, row.id)
    typed = forms.beginning(seen, review.facts if review else None)
    offers = offers_of(session, actor, row)
    typed, filled = fill_offers(typed, offers, row)
    needs = forms.needs_of(session, actor, typed["class_code"], typed["unit"])
    typed = forms.fill_usual(typed, forms.usual(session, actor, needs, row, typed["unit"]), {})
    return Form(forms.fill_place(typed, needs), needs, offers, filled)


@blueprint.post(ONE)
def desk_act(document_id: uuid.UUID) -> ResponseReturnValue:
    """``act``: file, review (hand in), look (show what the class asks for); ``pick``: put a candidate into its field.

    What was filed or handed in leads to the next paper.
    """
    only_asked("queue", "page")
    refuse_unknown(_FORM)
    form = request.form
    queue = _asked_queue(form.get("queue", ""))
    act = form.get("act", "")
    typed = {name: form.get(name, "") for name in forms.DESK_FIELDS}
    archive, actor = current_archive(), current_actor()
    with archive.reading() as session:
        seen = _in_hand(session, document_id)
        stored = forms.told_of(seen)
        typed = taken(typed, {n: v for n, v in stored.items() if n in forms.DESK_FIELDS})
        act = act or ("file" if all(_files(session, seen, typed["class_code"])) else "review")
        if "pick" in form or act not in _MEANT - {"look"}:
            return _page(session, seen, queue, _looked(session, seen, typed))
    try:
        asked = forms.asked_for(typed, seen.row)
        proof = records.prove(archive, actor, document_id) if act == "file" else None
        with archive.unit_of_work(actor) as work:
            if act == "review":
                records.submit_for_review(
                    work,
                    document_id,
                    asked.facts,
                    asked.place,
                    revision=asked.revision,
                    description=asked.description,
                    new_file=asked.new_file,
                )
                said = gettext("Handed in for review.")
            else:
                filed = records.describe_and_file(
                    work,
                    document_id,
                    asked.description,
                    asked.facts,
                    asked.place,
                    revision=asked.revision,
                    new_file=asked.new_file,
                    proof=proof,
                )
                suggestions.all_confirmed(work, document_id, typed)
                said = gettext("Filed as %(number)s.", number=filed.archival_no)
    except (Invalid, Conflict, Forbidden) as error:
        return _again(document_id, queue, typed, error)
    flash(str(said), "success")
    return _onwards(document_id, queue)


def _onwards(document_id: uuid.UUID, queue: Queue) -> ResponseReturnValue:
    """Straight to the next paper: a step through ``desk`` would be one more to wait for."""
    actor, archive = current_actor(), current_archive()
    with archive.reading() as session:
        found = records.next_waiting(session, actor, queue, archive.clock.now(), after=document_id)
    if found is None:
        return redirect(url_for("intake.desk", queue=queue.value, after=document_id), code=303)
    return redirect(url_for("intake.desk_paper", document_id=found, queue=queue.value), code=303)


def _looked(session: Session, seen: Seen, typed: dict[str, str]) -> Form:
    """The form with what the chosen class asks for; what was usual for the one before gives way."""
    actor = current_actor()
    picked, _, value = request.form.get("pick", "").partition("=")
    was = request.form.get("class_was", "")[:12]
    if picked in forms.DESK_FIELDS:
        typed = typed | {picked: value[:255]}
    code = typed["class_code"]
    needs = forms.needs_of(session, actor, code, typed["unit"])
    before: dict[str, str] = {}
    if was and was != code:
        before = forms.usual(session, actor, forms.needs_of(session, actor, was, ""), seen.row, typed["unit"])
        typed = typed | {"file_no": "", "file_title": ""}
    elif picked == "unit":
        typed = typed | {"file_no": "", "file_title": ""}
    offers = offers_of(session, actor, seen.row)
    if needs.pattern is not None:
        typed, filled = fill_offers(typed, offers, seen.row)
    else:
        filled = set()
    typed = forms.fill_usual(typed, forms.usual(session, actor, needs, seen.row, typed["unit"]), before)
    return Form(forms.fill_place(typed, needs), needs, offers, filled)


def _again(document_id: uuid.UUID, queue: Queue, typed: dict[str, str], error: ArchiveError) -> Response:
    """The form once more with what was typed; where somebody else was faster, beside it what is stored."""
    actor = current_actor()
    with current_archive().reading() as session:
        seen = _in_hand(session, document_id)
        found: dict[str, Both] = {}
        if error.code == "document.stale":
            stored = forms.told_of(seen)
            revision = int(typed["revision"]) if typed["revision"].isdecimal() else 0
            found = both(typed, stored, forms.changed_since(session, seen, revision))
            typed = told_again(typed, found) | {"revision": stored["revision"]}
        needs = forms.needs_of(session, actor, typed["class_code"], typed["unit"])
        form = Form(typed, needs, offers_of(session, actor, seen.row), set(), error, found)
        return _page(session, seen, queue, form, 409 if isinstance(error, Conflict | Forbidden) else 422)


@blueprint.post(f"{ONE}/back")
def desk_back(document_id: uuid.UUID) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"reason", "comment", "revision", "queue"}))
    form, actor = request.form, current_actor()
    actor.must(Permission.FILE)
    queue = _asked_queue(form.get("queue", ""))
    text, revision = form.get("reason", ""), form.get("revision", "")
    with current_archive().reading() as session:
        _in_hand(session, document_id)
    try:
        if text not in set(SendBackReason):
            raise UnknownReason(field="reason")
        with current_archive().unit_of_work(actor) as work:
            records.send_back(
                work,
                document_id,
                SendBackReason(text),
                form.get("comment", ""),
                revision=int(revision) if revision.isdecimal() and len(revision) < 10 else -1,
            )
    except (Invalid, Conflict) as error:
        if error.code == "document.stale":
            return _back_again(document_id, queue, error)
        flash(explain(error), "danger")
        return redirect(url_for("intake.desk_paper", document_id=document_id, queue=queue.value), code=303)
    flash(str(gettext("Sent back. Whoever handed it in finds it under “Sent back to me”.")), "success")
    return _onwards(document_id, queue)


def _back_again(document_id: uuid.UUID, queue: Queue, error: ArchiveError) -> Response:
    """Somebody changed the paper meanwhile: how, beside what the person was about to send it back for."""
    form, typed = request.form, request.form.get("revision", "")
    revision = int(typed) if typed.isdecimal() and len(typed) < 10 else 0
    with current_archive().reading() as session:
        seen = _in_hand(session, document_id)
        lines = forms.changed_lines(session, seen, revision)
        back = Back(form.get("reason", ""), form.get("comment", "")[:255], explain(error), lines)
        return _page(session, seen, queue, _begun(session, seen), 409, back=back)


class UnknownReason(Invalid):
    code = "review.unknown-reason"


@blueprint.post(f"{ONE}/discard")
def desk_discard(document_id: uuid.UUID) -> ResponseReturnValue:
    only_asked()
    refuse_unknown(frozenset({"queue"}))
    queue = _asked_queue(request.form.get("queue", ""))
    try:
        with current_archive().unit_of_work(current_actor()) as work:
            records.discard(work, document_id)
    except Conflict as error:
        flash(explain(error), "danger")
        return redirect(url_for("intake.desk_paper", document_id=document_id, queue=queue.value), code=303)
    flash(str(gettext("The draft is discarded. Its file is kept.")), "success")
    return _onwards(document_id, queue)


def _page(
    session: Session, seen: Seen, queue: Queue, form: Form, status: int = 200, *, back: Back = NOT_BACK
) -> Response:
    actor, archive, row = current_actor(), current_archive(), seen.row
    now = archive.clock.now()
    review = records.open_review(session, row.id)
    held = records.lock_of(session, row.id, now)
    concerned = {row.created_by, *((review.submitted_by, review.decided_by) if review else ())}
    concerned |= {held.held_by} if held else set()
    code = form.told["class_code"]
    files, not_own = _files(session, seen, code)
    page = _template(
        "intake/desk.html",
        "intake/_desk.html",
        seen=seen,
        row=row,
        form=form,
        told=form.told,
        needs=form.needs,
        offers=form.offers,
        queue=queue.value,
        waiting=records.waiting_count(session, actor, queue),
        most_counted=records.MOST_COUNTED,
        review=review if review and review.state in (ReviewState.PENDING, ReviewState.REJECTED) else None,
        held=held if held and held.held_by != actor.user_id else None,
        names=people.display_names(session, {i for i in concerned if i is not None}),
        class_groups=class_groups(classification.class_rows(session), row.class_code),
        twins=_twins(session, actor, seen),
        alike=_alike(session, actor, seen),
        split=_split(session, seen),
        class_name=class_names(session),
        may_file=files,
        own_paper=files and not not_own,
        may_break=actor.may(Permission.BREAK_LOCK),
        may_send_back=files and row.created_by is not None,
        reasons=[(reason.value, gettext(name)) for reason, name in records.SEND_BACK_NAMES.items()],
        send_back_names=records.SEND_BACK_NAMES,
        meanwhile_of=form.meanwhile or {},
        back=back,
        shortcuts=SHORTCUTS,
        stuck=records.STUCK,
        mask=mask,
        language=current_language(),
        **forms.problems(None if isinstance(form.error, BeingEdited) else form.error),
        **forms.shared(),
    )
    here = url_for("intake.desk_paper", document_id=row.id, queue=queue.value)
    return _answer(page, status, here)


def _files(session: Session, seen: Seen, code: str) -> tuple[bool, bool]:
    """Whether the actor files papers of this class, and whether it may be they who files this one."""
    actor, now = current_actor(), current_archive().clock.now()
    files = actor.may(Permission.FILE) and (not code or records.may_file(actor, code))
    return files, not (files and records.must_not_file_own(session, actor, now, seen.row, code))


def _twins(session: Session, actor: Actor, seen: Seen) -> list[records.SameBytes]:
    """Other documents with the very same bytes; papers that only look alike are offered beside these."""
    if not seen.in_clear:
        return []
    found = records.same_bytes(session, actor, seen.row.digest)
    return [twin for twin in found if twin.document.id != seen.row.id]


def _alike(session: Session, actor: Actor, seen: Seen) -> list[scans.LookAlike]:
    """Papers that look like it without being the very same file."""
    if not seen.in_clear:
        return []
    found = scans.look_alikes(session, actor, seen.row.id, current_archive().clock.now())
    return [one for one in found if one.document.digest != seen.row.digest][:MOST_ALIKE]


def _split(session: Session, seen: Seen) -> scans.Proposal | None:
    """How the scan falls apart at its separator sheets, unless that is being done already."""
    if not seen.in_clear or scans.underway(session, {seen.row.id}):
        return None
    return scans.proposals(session, [seen.row]).get(seen.row.id)


def _template(whole: str, part: str, **facts: Any) -> str:
    return render_template(part if "HX-Request" in request.headers else whole, **facts)


def _answer(page: str, status: int, address: str) -> Response:
    answer = make_response(page, status)
    if "HX-Request" in request.headers and request.method == "GET":
        answer.headers["HX-Push-Url"] = address
    answer.vary.add("HX-Request")
    return answer
