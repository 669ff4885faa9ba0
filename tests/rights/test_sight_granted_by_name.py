"""Sight of papers granted to one person by name: who may grant what, what it opens, and when it ends by itself."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DatabaseError, IntegrityError

from archive_service import people, premises, records
from archive_service.app import create_app
from archive_service.kernel.actor import Actor
from archive_service.kernel.clock import BUSINESS_ZONE, business_day
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.ids import DocumentId
from archive_service.kernel.levels import Level, Sight
from archive_service.people import SightTarget
from archive_service.people.rules.roles import WrongClasses
from archive_service.people.service.accounts import NotOnYourself
from archive_service.people.service.sight_grants import GrantOver, GrantTooLong, NotForThisPerson
from archive_service.records import Place
from archive_service.records.service.granting import grant_sight, revoke_sight
from archive_service.search import SearchRequest, find, index_versions, suggest
from archive_service.web import set_actor_loader
from tests.records.test_filing import file_it, opened
from tests.records.test_misplaced import corrects
from tests.support.filed import archivist_of_a_project
from tests.support.house import House
from tests.support.pages import Desk

WORD = "离婚协议"


@pytest.fixture
def manager(house: House) -> Actor:
    return house.person("wang", "sc_manager")


@pytest.fixture
def paper(house: House) -> DocumentId:
    made = house.paper(
        title=f"{WORD}书", class_code="YZ.02", level=Level.SENSITIVE, pages=[f"关于{WORD}的说明"]
    )
    index_versions(house.archive, [house.document(made).version_id])
    return made


def again(house: House, actor: Actor) -> Actor:
    """The person at the next request."""
    assert actor.user_id is not None
    with house.archive.reading() as session:
        found = people.actor_of(session, actor.user_id, house.clock.now(), via="page")
    assert found is not None
    return found


def grants(
    house: House, granter: Actor, to: Actor, target: SightTarget, days: int = 1, **more: object
) -> int:
    assert to.user_id is not None
    last = business_day(house.clock.now()) + timedelta(days=days - 1)
    with house.work(granter) as work:
        return grant_sight(work, to.user_id, target, Sight.VIEW, last, "核对产权", **more)  # type: ignore[arg-type]


def sees(house: House, actor: Actor, paper: DocumentId) -> Sight:
    """By the three ways there are, which must agree: one row, a list, search."""
    now = again(house, actor)
    with house.archive.reading() as session:
        listed = records.documents_by_id(session, now, [paper])
        counted = records.class_counts(session, now).get("YZ.02", 0)
    found = find(house.archive, now, SearchRequest(WORD))
    assert found.total == len(found.hits) == counted == len(listed)
    facets = {facet.name: facet.values for facet in found.facets}
    assert bool(facets["level"]) is bool(listed)
    assert bool(suggest(house.archive, now, WORD[:2])) is bool(listed)
    return records.sight_of(now, listed[paper]) if listed else Sight.HIDDEN


def to_the_last_second(house: House) -> None:
    """Of this business day, Asia/Shanghai."""
    tomorrow = business_day(house.clock.now()) + timedelta(days=1)
    midnight = datetime(tomorrow.year, tomorrow.month, tomorrow.day, tzinfo=BUSINESS_ZONE)
    house.clock.at = midnight.astimezone(UTC) - timedelta(seconds=1)


def test_a_front_desk_person_sees_one_paper_until_the_last_day_is_over(
    house: House, manager: Actor, paper: DocumentId
) -> None:
    lin = house.person("lin", "front_desk")
    other = house.paper(title=f"{WORD}二", class_code="YZ.02", level=Level.SENSITIVE, pages=["x"])
    index_versions(house.archive, [house.document(other).version_id])
    assert sees(house, lin, paper) is Sight.HIDDEN
    grants(house, manager, lin, SightTarget(document_id=paper))
    assert sees(house, lin, paper) is Sight.VIEW
    to_the_last_second(house)
    assert sees(house, lin, paper) is Sight.VIEW
    house.clock.passes(seconds=1)
    assert sees(house, lin, paper) is Sight.HIDDEN


def test_a_grant_begins_on_its_first_day(house: House, manager: Actor, paper: DocumentId) -> None:
    lin = house.person("lin", "front_desk")
    tomorrow = business_day(house.clock.now()) + timedelta(days=1)
    grants(house, manager, lin, SightTarget(document_id=paper), days=2, valid_from=tomorrow)
    assert sees(house, lin, paper) is Sight.HIDDEN
    to_the_last_second(house)
    house.clock.passes(seconds=1)
    assert sees(house, lin, paper) is Sight.VIEW


def test_a_class_opens_up_to_a_level(house: House, manager: Actor, paper: DocumentId) -> None:
    lin = house.person("lin", "front_desk")
    grants(house, manager, lin, SightTarget(class_code="YZ"), up_to=Level.CONFIDENTIAL)
    assert sees(house, lin, paper) is Sight.HIDDEN
    grants(house, manager, lin, SightTarget(class_code="YZ"), up_to=Level.SENSITIVE)
    assert sees(house, lin, paper) is Sight.VIEW


def test_an_auditor_reads_by_a_grant_that_ends(house: House, manager: Actor, paper: DocumentId) -> None:
    auditor = house.person("shen", "auditor")
    with house.archive.reading() as session:
        row = records.document(session, again(house, auditor), paper)
    assert records.sight_of(again(house, auditor), row) is Sight.FACTS
    grants(house, manager, auditor, SightTarget(document_id=paper))
    assert sees(house, auditor, paper) is Sight.VIEW
    assert records.freely_seen(again(house, auditor), row) is Sight.VIEW
    assert auditor.user_id is not None
    today = business_day(house.clock.now())
    with house.work(manager) as work, pytest.raises(NotForThisPerson):
        grant_sight(work, auditor.user_id, SightTarget(document_id=paper), Sight.DOWNLOAD, today, "x")


def test_raised_above_the_level_of_the_grant_it_is_closed_again(house: House, manager: Actor) -> None:
    lin = house.person("lin", "front_desk")
    paper = house.paper(title=WORD, class_code="WS.03", level=Level.CONFIDENTIAL, pages=["x"])
    grants(house, manager, lin, SightTarget(document_id=paper))
    chen = house.person("chen", "archivist")
    row = house.document(paper)
    with house.archive.reading() as session:
        assert records.documents_by_id(session, again(house, lin), [paper])
    with house.work(chen) as work:
        told = records.Description(title=row.title, class_code=row.class_code, level=Level.SENSITIVE)
        records.describe(work, paper, told, revision=row.revision)
    with house.archive.reading() as session:
        assert not records.documents_by_id(session, again(house, lin), [paper])


def test_who_may_not_grant(house: House, manager: Actor, paper: DocumentId) -> None:
    lin = house.person("lin", "front_desk")
    target = SightTarget(document_id=paper)
    for role in ("archivist", "auditor", "it_admin", "finance", "front_desk"):
        with pytest.raises(Forbidden):
            grants(house, house.person(f"no-{role}".replace("_", "-"), role), lin, target)
    with pytest.raises(NotOnYourself):
        grants(house, manager, manager, target)
    with pytest.raises(NotForThisPerson):
        grants(house, manager, house.person("root", "it_admin"), target)
    with pytest.raises(GrantTooLong):
        grants(house, manager, lin, target, days=91)
    assert grants(house, manager, lin, target, days=90)


def test_nobody_grants_what_they_do_not_see(house: House, paper: DocumentId) -> None:
    lin, wang = house.person("lin", "front_desk"), house.person("wang", "sc_manager")
    blind = replace(wang, sights=tuple(r for r in wang.sights if r.level is not Level.SENSITIVE))
    with pytest.raises(NotFound):
        grants(house, blind, lin, SightTarget(document_id=paper))
    with pytest.raises(NotFound):
        grants(house, blind, lin, SightTarget(class_code="YZ"), up_to=Level.SENSITIVE)


def test_taken_back_it_is_over_at_once_and_once(house: House, manager: Actor, paper: DocumentId) -> None:
    lin = house.person("lin", "front_desk")
    grant = grants(house, manager, lin, SightTarget(document_id=paper), days=30)
    head = house.person("zhao", "archive_head")
    with house.work(head) as work:
        revoke_sight(work, grant, "核对完毕")
    assert sees(house, lin, paper) is Sight.HIDDEN
    with house.work(head) as work, pytest.raises(GrantOver):
        revoke_sight(work, grant, "又一次")


def test_the_database_refuses_a_grant_to_oneself_and_any_change(
    house: House, manager: Actor, paper: DocumentId
) -> None:
    lin = house.person("lin", "front_desk")
    grant = grants(house, manager, lin, SightTarget(document_id=paper))
    for statement in (
        "UPDATE sight_grant SET valid_to = '2099-01-01' WHERE id = :id",
        "UPDATE sight_grant SET user_id = granted_by WHERE id = :id",
        "DELETE FROM sight_grant WHERE id = :id",
    ):
        with pytest.raises(DatabaseError), house.archive.sessions.writing() as session:
            session.execute(text(statement), {"id": grant})
    with pytest.raises(IntegrityError), house.archive.sessions.writing() as session:
        session.execute(
            text(
                "INSERT INTO sight_grant (user_id, class_code, up_to, sight, valid_from, valid_to, reason, granted_by,"
                " granted_at, revoke_reason) SELECT granted_by, 'YZ', up_to, sight, valid_from, valid_to, reason,"
                " granted_by, granted_at, '' FROM sight_grant"
            )
        )


def test_a_case_file_opens_with_what_is_filed_in_it_later(house: House, manager: Actor) -> None:
    chen = house.person("chen", "archivist")
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    with house.work(chen) as work:
        file = records.open_case_file(work, "YZ.02", records.FileFacts(title="业主档案", unit="3-1201"))
    lin = house.person("lin", "front_desk")
    with house.archive.reading() as session, pytest.raises(NotFound):
        records.case_file(session, lin, file.id)
    grants(house, manager, lin, SightTarget(case_file_id=file.id), up_to=Level.SENSITIVE)
    with house.archive.reading() as session:
        assert records.case_file(session, again(house, lin), file.id).id == file.id


def test_at_the_pages(house: House, manager: Actor, paper: DocumentId) -> None:
    lin, root = house.person("lin", "front_desk"), house.person("root", "it_admin")
    app, looking = create_app(house.archive), [manager]
    app.config["WTF_CSRF_ENABLED"] = False
    set_actor_loader(app, lambda: looking[0])
    visitor = app.test_client()
    assert f"/sight-grants?document={paper}" in visitor.get(f"/documents/{paper}").text
    today = business_day(house.clock.now()).isoformat()
    form = {"user": str(lin.user_id), "sees": "view", "valid_from": today, "valid_to": today}
    page = f"/sight-grants?document={paper}"
    assert visitor.post(page, data=form | {"reason": " "}).status_code == 422
    assert visitor.post(page, data=form | {"reason": "核对产权"}).status_code == 303
    assert "核对产权" in visitor.get(page).text
    assert sees(house, lin, paper) is Sight.VIEW
    assert "核对产权" in visitor.get(f"/system/people/{lin.user_id}").text
    looking[0] = root
    assert str(paper) not in visitor.get(f"/system/people/{lin.user_id}").text
    looking[0] = manager
    with house.archive.reading() as session:
        grant = people.sight_grants(session, house.clock.now(), user_id=lin.user_id)[0].id
    assert visitor.post(f"/sight-grants/{grant}/revoke", data={"reason": "看完了"}).status_code == 303
    assert sees(house, lin, paper) is Sight.HIDDEN


def test_engineering_in_classes_of_its_own(house: House) -> None:
    """Changeable by the administrator; what it was before stays to be seen."""
    root, li = house.person("root", "it_admin"), house.person("li", "engineering")
    assert li.user_id is not None
    with house.archive.reading() as session:
        before = people.queries.grants_of(session, house.clock.now(), li.user_id)
    with house.work(root) as work:
        people.change_classes(work, li.user_id, before[0].id, ["KJ.02", "zx"])
    li = again(house, li)
    assert li.sight(Level.INTERNAL, "KJ.02.DQ") is Sight.DOWNLOAD
    assert li.sight(Level.INTERNAL, "KJ.03") is Sight.VIEW
    assert people.may_upload_to(li, "ZX.01")
    assert not people.may_upload_to(li, "KJ.03")
    assert li.user_id is not None
    with house.archive.reading() as session:
        after = people.queries.grants_of(session, house.clock.now(), li.user_id)
    assert [(g.classes, g.holds) for g in after] == [(("KJ.02", "ZX"), True), (None, False)]
    with house.work(root) as work:
        people.change_classes(work, li.user_id, after[0].id, [])
    assert people.may_upload_to(again(house, li), "KJ.03")


def test_finance_gets_no_confidential_papers_of_other_classes(house: House) -> None:
    root = house.person("root", "it_admin")
    fei = house.person("fei")
    assert fei.user_id is not None
    with house.work(root) as work, pytest.raises(WrongClasses):
        people.propose_role(work, fei.user_id, people.Role.FINANCE, classes=["YZ"])
    with house.work(root) as work:
        people.propose_role(work, fei.user_id, people.Role.FINANCE, classes=["KU.02"])
    fei = again(house, fei)
    assert fei.sight(Level.CONFIDENTIAL, "KU.02.01") is Sight.DOWNLOAD
    assert fei.sight(Level.CONFIDENTIAL, "KU.03") is Sight.HIDDEN


def test_a_paper_that_is_granted_tells_nothing_of_the_cover_of_a_file_that_is_not(
    house: House, manager: Actor
) -> None:
    chen, lin = archivist_of_a_project(house), house.person("lin", "front_desk")
    file = opened(house, chen, "YZ.02", unit="3-1-1201", owner="王某")
    paper = house.paper(
        title="身份证明", class_code="YZ.02", doc_date="2026", pages=["x"], unit="3-1-1201", owner="王某"
    )
    file_it(house, chen, paper, place=Place(file_no=file.file_no))
    corrects(house, chen, paper, owner="李某")
    grants(house, manager, lin, SightTarget(document_id=paper))
    for who, told in ((chen, True), (lin, False)):
        looking = again(house, who)
        page = Desk(house.archive).sits(looking)
        shown = page.get(f"/documents/{paper}")
        assert shown.status_code == 200 and ('id="misplaced"' in shown.text) is told
        assert ("（王某）" in shown.text) is told
        assert page.get(f"/case-files/{file.id}").status_code == (200 if told else 404)
        app = create_app(house.archive)
        set_actor_loader(app, lambda who=looking: replace(who, via="api"))
        answer = app.test_client().get(f"/api/v1/documents/{paper}")
        assert answer.json is not None and answer.json["misplaced"] == ("owner" if told else "")
