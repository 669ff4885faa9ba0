"""Every form that says what the person saw: where it stands, what is typed there, what somebody else does meanwhile."""

import io
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Final

from flask.testing import FlaskClient

from archive_service import approvals, holds, loans
from archive_service.approvals import ChainStep
from archive_service.checklists import OpenedRow
from archive_service.checklists.service.going_on import enter_stage, tell_facts
from archive_service.people import Role
from tests.support.faster import MINE, THEIRS, World


@dataclass(frozen=True, slots=True)
class Late:
    """``page``: where the form is found, with ``action`` if not its own address and, of several with the same one,
    the one that has the field ``holding``. ``typed``: what the person writes there. ``faster``: what somebody else does
    meanwhile. ``theirs``, ``mine``: what must be told of the two."""

    page: str
    typed: dict[str, str]
    faster: Callable[[], object]
    action: str = ""
    holding: str = ""
    theirs: str = THEIRS
    mine: str = MINE
    head: bool = False
    begins: Callable[[FlaskClient], str] | None = None
    more: dict[str, str] = field(default_factory=dict)  # what the form that came back still wants


def unit_edited(w: World) -> Late:
    unit = w.unit()
    typed = {"note": MINE, "floor": "13", "reason": "核对"}
    return Late(f"/premises/units/{unit}/edit", typed, lambda: w.unit_changes(unit))


def unit_closed(w: World) -> Late:
    unit = w.unit()
    address = f"/premises/units/{unit}"
    return Late(address, {"reason": MINE}, lambda: w.unit_changes(unit), f"{address}/closing")


def project_edited(w: World) -> Late:
    return Late(f"/premises/projects/{w.town.project}/edit", {"name_zh": MINE}, w.project_changes)


def building_edited(w: World) -> Late:
    building = w.building()
    typed = {"phase": MINE, "reason": "核对"}
    return Late(f"/premises/buildings/{building}/edit", typed, lambda: w.building_changes(building))


def party_edited(w: World) -> Late:
    party = w.party()
    typed = {"mobile": "12000001111", "reason": "来电"}
    address = f"/premises/parties/{party}/edit"
    return Late(address, typed, lambda: w.party_changes(party), theirs="9999", mine="12000001111")


def class_edited(w: World) -> Late:
    typed = {"note": MINE, "reason": "补充"}
    return Late("/file-plan/classes/WS.03/edit", typed, lambda: w.plan_changes("WS.03"), head=True)


def class_added(w: World) -> Late:
    typed = {"code": "WS.19", "name_zh": MINE, "name_en": "Mine", "kind": "permanent", "reason": "新设"}
    return Late("/file-plan/classes/new?under=WS", typed, lambda: w.plan_changes("WS.03"), head=True)


def class_closed(w: World) -> Late:
    address = "/file-plan/classes/WS.04"
    return Late(address, {"reason": MINE}, lambda: w.plan_changes("WS.04"), f"{address}/closing", head=True)


def plan_imported(w: World) -> Late:
    return Late(
        "/file-plan/import",
        {"reason": "改名"},
        lambda: w.plan_changes("WS.06"),
        head=True,
        begins=w.previewed,
    )


def described(w: World) -> Late:
    paper = w.notice(filed=False)
    address = f"/documents/{paper}"
    return Late(address, {"title": MINE}, lambda: w.described(paper), f"{address}/description")


def corrected(w: World) -> Late:
    paper = w.notice(filed=True)
    typed = {"summary": MINE, "reason": "补记"}
    return Late(f"/documents/{paper}/filing", typed, lambda: w.corrected(paper))


def moved(w: World) -> Late:
    paper = w.notice(filed=True)
    address = f"/documents/{paper}/place?class=WS.03"
    return Late(address, {"dept": "KF", "reason": MINE}, lambda: w.described(paper), address)


def withdrawn(w: World) -> Late:
    paper = w.notice(filed=True)
    address = f"/documents/{paper}"
    return Late(address, {"reason": MINE}, lambda: w.described(paper), f"{address}/withdrawal")


def cover_edited(w: World) -> Late:
    file = w.file()
    return Late(f"/case-files/{file.id}/edit", {"title": MINE}, lambda: w.file_described(file))


def file_closed(w: World) -> Late:
    file = w.file()
    address = f"/case-files/{file.id}"
    return Late(address, {"reason": MINE}, lambda: w.file_described(file), f"{address}/state")


def filed_at_the_desk(w: World) -> Late:
    paper = w.notice(filed=False)
    address = f"/inbox/desk/{paper}"
    typed = {"title": MINE, "responsible": "某公司", "dept": "KF", "pages": "1", "act": "file"}
    return Late(
        address, typed, lambda: w.described(paper), holding="class_was", action=f"{address}?queue=filing"
    )


def sent_back(w: World) -> Late:
    paper = w.notice(filed=False)
    address = f"/inbox/desk/{paper}"
    typed = {"reason": "bad_scan", "comment": MINE}
    return Late(address, typed, lambda: w.described(paper), f"{address}/back")


def linked(w: World) -> Late:
    opened = w.centre.renovation()
    paper = w.centre.filed("装修申请表", file=None, code="WS.02")
    number = w.house.document(paper).archival_no
    return on_item(w, opened, "papers", {"archival_no": number}, number, holding="archival_no")


def promise_noted(w: World) -> Late:
    opened = w.centre.renovation()
    day = w.house.clock.now().date().replace(day=27).isoformat()
    return on_item(w, opened, "promise", {"promised_for": day}, day)


def item_set_aside(w: World) -> Late:
    return on_item(w, w.centre.renovation(), "waiver", {"reason": MINE}, MINE)


def on_item(
    w: World, opened: OpenedRow, verb: str, typed: dict[str, str], mine: str, holding: str = ""
) -> Late:
    code = "CL-ZX-11"
    action = f"/checklists/items/{w.centre.item(opened, code).id}/{verb}"
    page = f"/checklists/{opened.id}"
    return Late(page, typed, lambda: w.promised(opened, code), action, mine=mine, holding=holding)


def stage_entered(w: World) -> Late:
    opened = w.centre.renovation()
    first, second, third = [stage.code for stage in opened.checklist.stages][:3]

    def faster() -> None:
        with w.house.work(w.lin) as work:
            enter_stage(work, opened.id, second, seen=first)
            enter_stage(work, opened.id, third, seen=second)

    address, names = f"/checklists/{opened.id}", opened.checklist.stage_name
    return Late(
        address,
        {"stage": second},
        faster,
        f"{address}/stage",
        theirs=names(third, "zh"),
        mine=names(second, "zh"),
    )


def facts_told(w: World) -> Late:
    opened = w.centre.renovation()
    fact = opened.checklist.facts[0]

    def faster() -> None:
        with w.house.work(w.lin) as work:
            tell_facts(work, opened.id, {fact.code: True})

    address = f"/checklists/{opened.id}"
    return Late(
        address, {f"fact:{fact.code}": "no"}, faster, f"{address}/facts", theirs="是", mine=fact.name("zh")
    )


def day_changed(w: World) -> Late:
    address = "/system/working-days"
    typed = {"day": "2026-09-08", "as": "off", "name": "盘点", "reason": MINE}
    return Late(
        f"{address}?year=2026", typed, lambda: w.day_changes(date(2026, 9, 9)), f"{address}/day", head=True
    )


def year_entered(w: World) -> Late:
    address = "/system/working-days/import"

    def begins(page: FlaskClient) -> str:
        table = "日期,至,休/班,名称\n2029-01-01,,休,元旦\n".encode()
        sent = {"year": "2029", "file": (io.BytesIO(table), "2029.csv")}
        return page.post(address, data=sent).text

    return Late(address, {"source": MINE}, lambda: w.day_changes(date(2029, 9, 9)), head=True, begins=begins)


def approval_decided(w: World) -> Late:
    room = w.keys()
    request = room.asks(w.lin, chain=[ChainStep(Role.ARCHIVE_HEAD)])

    def faster() -> None:
        with w.house.work(w.lin) as work:
            approvals.comment(work, request, THEIRS)

    address, approve = f"/approvals/{request}", {"decision": "approve"}
    typed = {"comment": MINE, **approve}
    return Late(address, typed, faster, f"{address}/decision", head=True, more=approve)


def loan_rule_changed(w: World) -> Late:
    def faster() -> None:
        with w.house.work(w.house.person("头", "archive_head")) as work:
            before = loans.rules(work.session)[loans.LoanCase.TAKE_OUT].rule
            loans.change_rule(work, replace(before, days=5), reason=THEIRS, seen=1)

    typed = {"days": "7", "reason": "核对"}
    return Late("/loans/rules/take_out", typed, faster, theirs="5", mine="7", head=True)


def chain_changed(w: World) -> Late:
    w.keys()
    admin = w.house.person("admin", "it_admin")

    def faster() -> None:
        with w.house.work(admin) as work:
            steps = [ChainStep(Role.PI_OFFICER)]
            approvals.change_chain(work, "key", "day", steps, reason=THEIRS, seen=1)

    typed = {"role_1": "company_leader", "reason": MINE}
    return Late("/approvals/chains/key/day", typed, faster, head=True)


def place_edited(w: World) -> Late:
    shelf = w.place()
    return Late(f"/places/{shelf}/edit", {"note": MINE, "reason": "核对"}, lambda: w.place_changes(shelf))


def place_closed(w: World) -> Late:
    shelf = w.place()
    address = f"/places/{shelf}"
    return Late(address, {"reason": MINE}, lambda: w.place_changes(shelf), f"{address}/closing")


def box_edited(w: World) -> Late:
    box = w.box()
    return Late(f"/places/boxes/{box}/edit", {"note": MINE}, lambda: w.box_changes(box))


def hold_released(w: World) -> Late:
    address, faster = _held(w)
    return Late(address, {"reason": MINE}, faster, f"{address}/release", theirs="2026-07-01", head=True)


def hold_reviewed(w: World) -> Late:
    address, faster = _held(w)
    typed = {"review_on": "2026-08-01"}
    return Late(
        address, typed, faster, f"{address}/review", theirs="2026-07-01", mine="2026-08-01", head=True
    )


def _held(w: World) -> tuple[str, Callable[[], object]]:
    with w.house.work(w.lin) as work:
        row = holds.place(
            work,
            holds.Scope(class_code="WS.03"),
            holds.HoldKind.PRESERVE,
            holds.Cause.AUDIT,
            reason="审计",
        )

    def faster() -> None:
        with w.house.work(w.lin) as work:
            seen = holds.hold(work.session, row.number).revision
            holds.review(work, row.number, review_on=date(2026, 7, 1), seen=seen)

    return f"/holds/{row.number}", faster


FORMS: Final[dict[str, Callable[[World], Late]]] = {
    "approvals.decide": approval_decided,
    "approvals.change_chain": chain_changed,
    "holds.release": hold_released,
    "holds.review": hold_reviewed,
    "loans.change_rule": loan_rule_changed,
    "UnitForm": unit_edited,
    "ProjectForm": project_edited,
    "BuildingForm": building_edited,
    "PartyForm": party_edited,
    "ClassForm": class_edited,
    "NewClassForm": class_added,
    "StepForm": class_closed,
    "ImportForm": plan_imported,
    "PlaceForm": place_edited,
    "BoxForm": box_edited,
    "places.closing": place_closed,
    "premises.closing": unit_closed,
    "classification.closing": class_closed,
    "records.describe": described,
    "records.filing": corrected,
    "records.place": moved,
    "records.withdraw": withdrawn,
    "records/edit_case_file.html": cover_edited,
    "records.move_case_file": file_closed,
    "intake/_desk.html": filed_at_the_desk,
    "intake.desk_back": sent_back,
    "checklists.link": linked,
    "checklists.promise": promise_noted,
    "checklists.set_aside": item_set_aside,
    "checklists.stage": stage_entered,
    "checklists.facts": facts_told,
    "working_days.change_day": day_changed,
    "working_days.bring_in": year_entered,
}
"""By the address that a form of a template goes to, or the template; by the class of one that is written in Python."""
