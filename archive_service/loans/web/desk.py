"""The lending desk: one field, a hand scanner, no mouse. Person or slip, items, done.

What lies on the desk is carried in the form and trusted in nothing: each line is looked up anew, and the service refuses
what can't be.
"""

from dataclasses import dataclass, replace
from typing import Final

import segno
from flask import make_response, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext, ngettext
from sqlalchemy.orm import Session

from archive_service import people, records
from archive_service.kernel.actor import Permission
from archive_service.kernel.ids import UserId
from archive_service.loans.queries import desk as queries
from archive_service.loans.queries.desk import DeskLine
from archive_service.loans.rules import MOST_COPIES, LoanItemId, LoanState, UseMode
from archive_service.loans.service.handling import Handled, Ticked, handle
from archive_service.loans.service.scans import DONE, Meaning, Scan
from archive_service.loans.web.furnishing import LARGEST_ID, blueprint, borrower_of, names_of, words
from archive_service.web import (
    current_actor,
    current_archive,
    explain,
    only_asked,
    refuse_unknown,
    whole_number,
)
from archive_service.web.formats import day as day_of

MOST_TICKED: Final = 100
MOST_PAGES: Final = 99_999
_TONES: Final = ("success", "info", "warning", "danger")


@dataclass(frozen=True, slots=True)
class Said:
    """What the desk answers. ``tone``: success, info, warning (nothing done, but look) or danger (refused).
    ``link``: the way on."""

    tone: str
    text: str
    link: str = ""
    link_text: str = ""


@dataclass(frozen=True, slots=True)
class OnDesk:
    """``person``, ``slip``: whose things are shown; ``last``: what a number that is typed now is about."""

    person: UserId | None = None
    slip: str = ""
    ticked: tuple[Ticked, ...] = ()
    last: LoanItemId | None = None

    def with_item(self, one: Ticked) -> "OnDesk":
        kept = tuple(other for other in self.ticked if other.item_id != one.item_id)
        return replace(self, ticked=(*kept, one), last=one.item_id)

    def of(self, item_id: LoanItemId | None) -> Ticked | None:
        return next((one for one in self.ticked if one.item_id == item_id), None)

    def without(self, gone: set[LoanItemId]) -> "OnDesk":
        kept = tuple(one for one in self.ticked if one.item_id not in gone)
        return replace(self, ticked=kept, last=None if self.last in gone else self.last)


@blueprint.get("/desk")
def desk() -> ResponseReturnValue:
    only_asked()
    current_actor().must(Permission.HAND_OUT_LOANS)
    return _page(OnDesk(), [], 200)


@blueprint.post("/desk")
def scan() -> ResponseReturnValue:
    """``scan``: one line; the rest is what lay on the desk before."""
    only_asked()
    current_actor().must(Permission.HAND_OUT_LOANS)
    ids = list(dict.fromkeys(whole_number(one, LARGEST_ID) for one in request.form.getlist("item")))
    known = [LoanItemId(one) for one in ids if one is not None][:MOST_TICKED]
    own = {f"{name}-{one}" for one in known for name in ("pages", "note", "copies")}
    refuse_unknown(frozenset({"scan", "item", "person", "slip", "last", "act"} | own))
    if request.form.get("act") == "clear":
        return _page(OnDesk(), [], 200)
    before = _before(known)
    after, said = _answer(before, Scan.read(request.form.get("scan", "")))
    refused = any(one.tone == "danger" for one in said)
    return _page(after, said, 422 if refused else 200)


def _before(known: list[LoanItemId]) -> OnDesk:
    form = request.form
    person, last = (
        whole_number(form.get("person", ""), LARGEST_ID),
        whole_number(form.get("last", ""), LARGEST_ID),
    )
    ticked = tuple(
        Ticked(
            one,
            whole_number(form.get(f"pages-{one}", ""), MOST_PAGES),
            form.get(f"note-{one}", "")[:255],
            whole_number(form.get(f"copies-{one}", ""), MOST_COPIES) or 1,
        )
        for one in known
    )
    return OnDesk(
        None if person is None else UserId(person),
        form.get("slip", "")[:16],
        ticked,
        None if last is None else LoanItemId(last),
    )


def _answer(desk: OnDesk, scan: Scan) -> tuple[OnDesk, list[Said]]:
    match scan.meaning:
        case Meaning.DONE:
            return _done(desk)
        case Meaning.PERSON:
            return _person(desk, UserId(scan.number))
        case Meaning.SLIP:
            return _slip(desk, scan.text)
        case Meaning.ITEM:
            return _item(desk, scan.text)
        case Meaning.PAGES | Meaning.COPIES:
            return _counted(desk, scan)
        case Meaning.BOX:
            why = gettext("That is the label of a box. Boxes are not lent: scan the papers or files in it.")
        case Meaning.PLACE:
            why = gettext("That is the label of a place. Scan the paper or the file that lies there.")
        case _:
            why = gettext(
                "This code is not one of ours. Scan a person's card, the number of a slip, or the label of a paper or file."
            )
    return desk, [Said("danger", str(why))]


def _done(desk: OnDesk) -> tuple[OnDesk, list[Said]]:
    if not desk.ticked:
        return desk, [
            Said("danger", str(gettext("Nothing lies on the desk yet. Scan what goes out or comes back.")))
        ]
    archive, actor = current_archive(), current_actor()
    handled = handle(archive, actor, desk.ticked)
    with archive.reading() as session:
        names = names_of(session, [one.loan for one in handled if one.loan is not None])
    said = [_told(one, names) for one in handled]
    finished = {item for one in handled if one.refused is None for item in one.item_ids}
    told = {item for one in handled for item in one.item_ids}
    if len(told) < len(desk.ticked):
        said.append(
            Said(
                "warning", str(gettext("Something was handed out or taken back by somebody else meanwhile."))
            )
        )
    after = desk.without(finished | {one.item_id for one in desk.ticked if one.item_id not in told})
    return (after if after.ticked else OnDesk()), said


def _told(one: Handled, names: dict[int, str]) -> Said:
    if one.refused is not None:
        return Said("danger", f"{one.number}: {explain(one.refused)}", *_to_slip(one))
    row = one.loan
    assert row is not None
    facts = {"slip": row.number, "name": borrower_of(row, names)}
    if row.state is LoanState.RETURN_PENDING_CHECK:
        text = gettext("%(slip)s: all brought back. Count and compare it now or later.", **facts)
        return Said("success", str(text), *_to_slip(one))
    if row.is_out and not one.went_out:
        return Said(
            "success", str(gettext("%(slip)s: taken back; the rest is still with %(name)s.", **facts))
        )
    if row.is_out:
        text = gettext("%(slip)s: handed out to %(name)s, due %(day)s.", day=day_of(row.due_on), **facts)
        return Said(
            "success", str(text), url_for("loans.print_slip", loan_id=row.id), str(gettext("Print the slip"))
        )
    if row.state is LoanState.REMEDY:
        text = gettext("%(slip)s: taken back, but not whole. Its making good begins.", **facts)
        return Said("warning", str(text), *_to_slip(one))
    if one.went_out:
        return Said("success", str(gettext("%(slip)s: copies handed over to %(name)s.", **facts)))
    return Said("success", str(gettext("%(slip)s: taken back and checked, all whole.", **facts)))


def _to_slip(one: Handled) -> tuple[str, str]:
    return (
        (url_for("loans.page", show="all", text=one.number), str(gettext("Open the slip")))
        if one.loan is None
        else (
            url_for("loans.one", loan_id=one.loan.id),
            str(gettext("Open the slip")),
        )
    )


def _person(desk: OnDesk, user_id: UserId) -> tuple[OnDesk, list[Said]]:
    archive = current_archive()
    with archive.reading() as session:
        person = people.person(session, archive.clock.now(), user_id)
        mine = queries.lines_of_person(session, current_actor(), user_id)
    if person is None:
        return desk, [
            Said("danger", str(gettext("Nobody here has this card. Ask the administrator for a new one.")))
        ]
    after, said = replace(desk, person=user_id, slip=""), []
    if not person.active:
        text = gettext(
            "%(name)s's account is closed: nothing goes out to them, only back.", name=person.display_name
        )
        said.append(Said("warning", str(text)))
    elif not mine:
        text = gettext("%(name)s has nothing to fetch and holds nothing.", name=person.display_name)
        said.append(
            Said(
                "warning",
                str(text),
                url_for("loans.page", show="all", borrower=user_id),
                str(gettext("Their slips")),
            )
        )
    return after, said


def _slip(desk: OnDesk, number: str) -> tuple[OnDesk, list[Said]]:
    with current_archive().reading() as session:
        found = queries.lines_of_slip(session, current_actor(), number)
    if not found:
        text = gettext("Nothing of slip %(slip)s is to be handed out or taken back now.", slip=number)
        return desk, [
            Said(
                "danger",
                str(text),
                url_for("loans.page", show="all", text=number),
                str(gettext("Open the slip")),
            )
        ]
    return replace(desk, slip=number, person=None), []


def _item(desk: OnDesk, number: str) -> tuple[OnDesk, list[Said]]:
    actor = current_actor()
    with current_archive().reading() as session:
        found, inside = _lines_called(session, number)
        if found is None:
            text = gettext("No paper or file that you may see is called %(number)s.", number=number[:64])
            return desk, [Said("danger", str(text))]
        if not found and inside:
            text = gettext(
                "%(number)s belongs to file %(file)s, which is on slip %(slip)s as a whole. Scan the label of the file.",
                number=number,
                file=inside[0].item.archival_no,
                slip=inside[0].loan.number,
            )
            return desk, [Said("danger", str(text))]
        names = names_of(session, [one.loan for one in found])
    if not found:
        text = gettext(
            "%(number)s is neither out nor approved for anybody. A loan is asked for first.", number=number
        )
        link = url_for("loans.new", item=number) if actor.may(Permission.REQUEST_LOAN) else ""
        return desk, [Said("danger", str(text), link, str(gettext("Ask for a loan")))]
    back = [one for one in found if not one.goes_out and one.item.exclusive]
    theirs = [one for one in found if _is_theirs(desk, one)]
    chosen = (back or theirs or (found if len(found) == 1 and not _somebody(desk) else []))[:1]
    if not chosen:
        slips = "、".join(f"{one.loan.number} {borrower_of(one.loan, names)}" for one in found[:3])
        if _somebody(desk):
            text = gettext(
                "%(number)s was approved for another slip: %(slips)s. Put it aside.",
                number=number,
                slips=slips,
            )
        else:
            text = gettext(
                "%(number)s stands on several slips: %(slips)s. Scan the card or the slip first.",
                number=number,
                slips=slips,
            )
        return desk, [Said("danger", str(text))]
    (line,) = chosen
    if desk.of(line.item.id) is not None:
        return replace(desk, last=line.item.id), [
            Said("info", str(gettext("%(number)s lies on the desk already.", number=number)))
        ]
    if len(desk.ticked) >= MOST_TICKED:
        text = gettext("%(most)s items lie on the desk. Finish these first.", most=MOST_TICKED)
        return desk, [Said("danger", str(text))]
    said = []
    if not line.goes_out and _somebody(desk) and not _is_theirs(desk, line):
        text = gettext(
            "%(number)s comes back from slip %(slip)s of %(name)s.",
            number=number,
            slip=line.loan.number,
            name=borrower_of(line.loan, names),
        )
        said.append(Said("info", str(text)))
    return desk.with_item(Ticked(line.item.id)), said


def _lines_called(session: Session, number: str) -> tuple[list[DeskLine] | None, list[DeskLine]]:
    """The lines of what has this number, None where there is nothing; and those of the file that holds it."""
    actor = current_actor()
    paper = records.document_called(session, actor, number)
    if paper is not None:
        row = records.documents_by_id(session, actor, [paper]).get(paper)
        inside = row.case_file_id if row else None
        found = queries.lines_of_thing(session, actor, document_id=paper)
        return found, queries.lines_of_thing(session, actor, case_file_id=inside) if inside else []
    file = records.case_file_called(session, actor, number)
    return (None if file is None else queries.lines_of_thing(session, actor, case_file_id=file.id)), []


def _somebody(desk: OnDesk) -> bool:
    return desk.person is not None or bool(desk.slip)


def _is_theirs(desk: OnDesk, line: DeskLine) -> bool:
    if desk.slip:
        return line.loan.number == desk.slip
    return desk.person is not None and line.loan.borrower_id == desk.person


def _counted(desk: OnDesk, scan: Scan) -> tuple[OnDesk, list[Said]]:
    one = desk.of(desk.last)
    if one is None:
        return desk, [
            Said("danger", str(gettext("Scan the paper first, then type how many pages you counted.")))
        ]
    if scan.meaning is Meaning.COPIES:
        return desk.with_item(replace(one, copies=scan.number)), []
    return desk.with_item(replace(one, pages=scan.number, note=scan.text or one.note)), []


def _page(desk: OnDesk, said: list[Said], status: int) -> ResponseReturnValue:
    actor, archive = current_actor(), current_archive()
    with archive.reading() as session:
        by_id = {
            one.item.id: one for one in queries.lines(session, actor, [one.item_id for one in desk.ticked])
        }
        shown: list[DeskLine] = []
        if desk.slip:
            shown = queries.lines_of_slip(session, actor, desk.slip)
        elif desk.person is not None:
            shown = queries.lines_of_person(session, actor, desk.person)
        rows = [one.loan for one in (*by_id.values(), *shown)]
        names = names_of(session, rows)
        if desk.person is not None:
            names |= people.display_names(session, {desk.person})
    desk = desk.without({one.item_id for one in desk.ticked if one.item_id not in by_id})
    ticked = [(one, by_id[one.item_id]) for one in reversed(desk.ticked)]
    left = [one for one in shown if desk.of(one.item.id) is None]
    card = segno.make(DONE, error="h", micro=False)
    page = render_template(
        "loans/desk.html",
        desk=desk,
        said=said,
        tone=max((one.tone for one in said), key=_TONES.index, default="success"),
        ticked=ticked,
        last=next((line for one, line in ticked if one.item_id == desk.last), None),
        to_fetch=[one for one in left if one.goes_out],
        held=[one for one in left if not one.goes_out],
        who=_who(desk, shown, names),
        names=names,
        count=str(ngettext("%(num)s item on the desk", "%(num)s items on the desk", len(ticked))),
        done_card=card.svg_inline(scale=4, border=2, omitsize=True, svgclass="done-code", lineclass=None),
        copy=UseMode.COPY,
        **words(),
    )
    return make_response(page, status)


def _who(desk: OnDesk, shown: list[DeskLine], names: dict[int, str]) -> str:
    if desk.person is not None:
        return names.get(desk.person, "")
    return f"{desk.slip} {borrower_of(shown[0].loan, names)}" if desk.slip and shown else ""
