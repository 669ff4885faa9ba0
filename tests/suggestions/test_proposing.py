"""A paper is read, and the inbox knows what it most likely is; who sees it covered sees the proposal so."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import text

from archive_service import premises, records, suggestions
from archive_service.kernel.actor import Actor, Permission
from archive_service.kernel.boxes import CharBox, pack_boxes
from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Level
from archive_service.premises import OccupancyRole, PartyFacts, PartyKind, UnitFacts
from archive_service.suggestions import Field, Met, Source
from tests.suggestions.conftest import Thinker
from tests.support.counting import counted
from tests.support.house import House

HANDOVER = (
    "云栖花园3栋1201收楼验收单\n\n收楼验收单 编号RH-2026-0012。\n房号：云栖花园3栋1201，业主：张示例。\n"
    "验收日期2026年3月8日。水表底数0012，电表底数0305。\n移交入户钥匙5把，业主签字确认，联系电话12000000013。"
)


def test_a_handover_sheet_is_known_by_what_stands_on_it(house: House, thinker: Thinker, chen: Actor) -> None:
    paper = house.paper(title="IMG_20260301", pages=[HANDOVER])
    thinker.thinks(paper)
    proposal = thinker.shows(paper, chen)
    assert proposal is not None
    first = {field: found for field in Field if (found := proposal.first(field))}
    assert first[Field.CLASS_CODE].value == "YZ.01"
    assert first[Field.CLASS_CODE].shown == "YZ.01 业主入伙档案"
    assert first[Field.CLASS_CODE].source is Source.RULE
    assert first[Field.UNIT].value == "3-1201"
    assert first[Field.OWNER].value == "张示例"
    assert first[Field.DOC_NUMBER].value == "RH-2026-0012"
    assert first[Field.DOC_DATE].value == "2026-03-08"
    assert first[Field.TITLE].value == "云栖花园3栋1201收楼验收单"
    assert [e.words for e in first[Field.DOC_DATE].evidence] == ["2026年3月8日"]
    assert all(
        a.confidence >= b.confidence
        for field in Field
        for a, b in zip(proposal.of(field), proposal.of(field)[1:], strict=False)
    )


def test_the_evidence_is_framed_where_it_stands(house: House, thinker: Thinker, chen: Actor) -> None:
    paper = house.paper(title="IMG_1")
    words = "收款收据\n2026年2月20日"
    boxes = [CharBox(0.0, 0.0, 0.0, 0.0) if c == "\n" else CharBox(0.1, 0.2, 0.3, 0.25) for c in words]
    with house.work() as work:
        row = records.document(work.session, work.actor, paper)
        records.start_reading(work, row.version_id, media_type="image/jpeg", pages_total=1, flags=())
        page = records.PageFacts(
            1, 100, 100, 100, 100, 0, "ocr", words, pack_boxes(boxes), 0.9, None, None, None
        )
        records.keep_page(work, row.version_id, page)
        records.finish_reading(work, row.version_id)
    thinker.thinks(paper)
    proposal = thinker.shows(paper, chen)
    assert proposal is not None
    day = proposal.first(Field.DOC_DATE)
    assert day is not None
    ((evidence),) = day.evidence
    ((frame),) = evidence.boxes
    assert (evidence.page, round(frame.x0, 2), round(frame.y1, 2)) == (1, 0.1, 0.25)


def test_the_register_says_how_a_unit_is_called_and_makes_it_surer(
    house: House, thinker: Thinker, chen: Actor
) -> None:
    paper = house.paper(title="IMG_2", pages=[HANDOVER])
    thinker.thinks(paper)
    before = thinker.shows(paper, chen)
    with house.work() as work:
        project = premises.add_project(work, number="WY01", name_zh="云栖花园")
        building = premises.add_building(work, project, name="3栋")
        premises.add_unit(work, building, UnitFacts(room="1201"))
    thinker.thinks(paper)
    after = thinker.shows(paper, chen)
    assert before is not None and after is not None
    one, other = before.first(Field.UNIT), after.first(Field.UNIT)
    assert one is not None and other is not None
    assert (other.value, other.shown) == ("3-1201", "3栋1201")
    assert other.confidence > one.confidence


REPAIR = "报修单\n房号3栋1201，报修人：陈建国，业主：李四海。2026年3月8日"


def test_the_register_confirms_a_name_and_tells_none(house: House, thinker: Thinker, chen: Actor) -> None:
    seal = premises.seal_of(house.archive)
    with house.work() as work:
        project = premises.add_project(work, number="WY01", name_zh="云栖花园")
        building = premises.add_building(work, project, name="3栋")
        unit = premises.add_unit(work, building, UnitFacts(room="1201"))
        for name in ("李四海", "赵小满"):
            party = premises.add_party(work, seal, PartyFacts(PartyKind.PERSON, name), reason="收楼")
            premises.add_occupancy(
                work,
                premises.NewOccupancy(
                    unit_id=unit,
                    party_id=party,
                    role=OccupancyRole.CO_OWNER,
                    since=date(2020, 1, 1),
                    source_note="购房合同",
                ),
            )
    paper = house.paper(title="IMG_1", pages=[REPAIR])
    thinker.thinks(paper)
    proposal = thinker.shows(paper, chen)
    assert proposal is not None
    first, other = proposal.of(Field.OWNER)
    assert (first.value, first.confidence) == ("李四海", 0.97)
    assert other.value == "陈建国" and other.confidence < 0.7
    assert "赵小满" not in repr(proposal)
    unconfirmed = house.paper(title="IMG_1", pages=[REPAIR.replace("3栋1201", "9栋0901")])
    thinker.thinks(unconfirmed)
    stranger = replace(chen, permissions=chen.permissions - {Permission.SEE_PARTIES})
    theirs, plain = (thinker.shows(paper, stranger) for paper in (paper, unconfirmed))
    assert theirs is not None and plain is not None
    # Who doesn't see who owns what does not learn it from how sure a name is, either.
    assert [(p.value, p.confidence) for p in theirs.of(Field.OWNER)] == [
        (p.value, p.confidence) for p in plain.of(Field.OWNER)
    ]


def test_who_sees_a_paper_masked_gets_its_proposal_masked(
    house: House, thinker: Thinker, chen: Actor
) -> None:
    lin = house.person("lin", "front_desk")
    sheet = "业主资料变更申请单\n业主：王测试，手机12000000003。\n变更日期2026年4月2日"
    paper = house.paper(title="业主 王测试 手机12000000003", class_code="YZ.01", pages=[sheet])
    thinker.thinks(paper)
    proposal = thinker.shows(paper, lin)
    assert proposal is not None and proposal.fields
    assert "12000000003" not in repr(proposal)
    in_clear = thinker.shows(paper, chen)
    assert "12000000003" in repr(in_clear)


def test_whom_the_paper_is_hidden_from_learns_nothing(house: House, thinker: Thinker, chen: Actor) -> None:
    wu, he = house.person("wu", "engineering"), house.person("he", "auditor")
    paper = house.paper(title="IMG_3", level=Level.SENSITIVE, pages=[HANDOVER])
    thinker.thinks(paper)
    with pytest.raises(NotFound):
        thinker.shows(paper, wu)
    assert thinker.shows(paper, he) is None, "an auditor sees that it is there, and nothing of its pages"
    with house.archive.reading() as session:
        row = house.document(paper)
        assert suggestions.of_documents(session, he, [row]) == {}


def test_a_list_gets_its_proposals_in_a_constant_number_of_statements(
    house: House, thinker: Thinker, chen: Actor
) -> None:
    papers = [house.paper(title=f"IMG_{n}", pages=[HANDOVER]) for n in range(6)]
    for paper in papers:
        thinker.thinks(paper)
    rows = [house.document(paper) for paper in papers]
    counts = []
    for some in (rows[:1], rows):
        with house.archive.reading() as session, counted(house.archive.sessions.engine) as sent:
            found = suggestions.of_documents(session, chen, some)
            assert set(found) == {row.id for row in some}
        counts.append(sent.count)
    assert counts[0] == counts[1] <= 2


def test_filed_and_discarded_papers_have_no_proposal(house: House, thinker: Thinker, chen: Actor) -> None:
    filed = house.paper(class_code="YZ.01", pages=[HANDOVER])
    draft = house.paper(chen, title="IMG_4", pages=[HANDOVER])
    unread = house.paper(title="IMG_5")
    for paper in (filed, draft):
        thinker.thinks(paper)
        assert thinker.shows(paper, chen) is not None
    thinker.files(filed)
    with house.work(chen) as work:
        records.discard(work, draft)
    for paper in (filed, draft, unread):
        version = house.document(paper).version_id
        with house.archive.reading() as session:
            assert suggestions.think(session, version) is None
        with house.work() as work:
            assert not suggestions.propose(work, version)
        assert thinker.shows(paper, chen) is None


def test_what_is_left_of_filed_and_discarded_papers_is_cleared_away(
    house: House, thinker: Thinker, chen: Actor
) -> None:
    filed, kept = (house.paper(class_code="YZ.01", pages=[HANDOVER]) for _ in range(2))
    thinker.thinks(filed)
    thinker.thinks(kept)
    thinker.files(filed)
    with house.work() as work:
        assert suggestions.tidy(work) == 1
        assert suggestions.tidy(work) == 0
    assert thinker.shows(kept, chen) is not None


def test_a_new_version_takes_the_place_of_the_old_one_s_proposal(
    house: House, thinker: Thinker, chen: Actor
) -> None:
    paper = house.paper(
        title="IMG_6", pages=["物业费催缴函 CJ-2026-0033\n房号11栋0201，业主魏设定。欠缴物业服务费。"]
    )
    thinker.thinks(paper)
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"second", "第二版.pdf"), reason="扫描错了")
    house.is_read(paper, [HANDOVER])
    assert thinker.shows(paper, chen) is None
    thinker.thinks(paper)
    proposal = thinker.shows(paper, chen)
    assert proposal is not None
    found = proposal.first(Field.CLASS_CODE)
    assert found is not None and found.value == "YZ.01"
    with house.work() as work:
        assert work.session.scalar(text("SELECT count(*) FROM proposal")) == 1


STRANGE = "甲乙丙丁往来札记\n" + "春去秋来花开花落云卷云舒人来人往山高水长海阔天空" * 3


def test_papers_that_look_alike_lend_their_class_to_those_who_see_them(
    house: House, thinker: Thinker, chen: Actor
) -> None:
    lin = house.person("lin", "front_desk")
    for n in range(4):
        known = house.paper(class_code="KF.02.Z", level=Level.SENSITIVE, pages=[f"{STRANGE}{n}"])
        thinker.thinks(known)
        thinker.files(known)
    paper = house.paper(lin, title="IMG_7", pages=[f"{STRANGE}九"])
    thinker.thinks(paper)
    proposal = thinker.shows(paper, chen)
    assert proposal is not None
    found = proposal.first(Field.CLASS_CODE)
    assert found is not None and (found.value, found.source) == ("KF.02.Z", Source.LOOK_ALIKE)
    hers = thinker.shows(paper, lin)
    assert hers is not None, "her own paper, whose look-alikes are hidden from her"
    assert [p.value for p in hers.of(Field.CLASS_CODE) if p.source is Source.LOOK_ALIKE] == []


def test_hidden_papers_that_look_alike_make_nothing_surer(
    house: House, thinker: Thinker, chen: Actor
) -> None:
    lin = house.person("lin", "front_desk")
    sheet = f"{HANDOVER}\n{STRANGE}"
    paper = house.paper(lin, title="IMG_7", pages=[sheet])
    thinker.thinks(paper)
    before = thinker.shows(paper, lin)
    for n, code in enumerate(("KF.02.Z", "YZ.01", "YZ.01", "YZ.01")):
        known = house.paper(class_code=code, level=Level.SENSITIVE, pages=[f"{sheet}{n}"])
        thinker.thinks(known)
        thinker.files(known)
    thinker.thinks(paper)
    assert before is not None and before.of(Field.CLASS_CODE)
    assert thinker.shows(paper, lin) == before
    hers, his = before, thinker.shows(paper, chen)
    assert his is not None
    sure = {p.value: p.confidence for p in hers.of(Field.CLASS_CODE)}
    assert any(p.confidence > sure.get(p.value, 0.0) for p in his.of(Field.CLASS_CODE))
    with house.archive.reading() as session:
        listed = suggestions.of_documents(session, lin, [house.document(paper)])
    assert [(p.field, p.value, p.confidence, p.source) for p in listed[paper].fields] == [
        (p.field, p.value, p.confidence, p.source) for p in before.fields
    ]


def test_a_mass_of_hidden_look_alikes_leaves_room_for_those_one_sees(house: House, thinker: Thinker) -> None:
    lin = house.person("lin", "front_desk")
    for n, code in enumerate(["WS.02", *["KF.02.Z"] * 70]):
        known = house.paper(class_code=code, pages=[f"{STRANGE}{n}"])
        thinker.thinks(known)
        thinker.files(known)
    paper = house.paper(lin, title="IMG_7", pages=[f"{STRANGE}九"])
    thinker.thinks(paper)
    hers = thinker.shows(paper, lin)
    assert hers is not None
    found = hers.first(Field.CLASS_CODE)
    assert found is not None and (found.value, found.source) == ("WS.02", Source.LOOK_ALIKE)


def test_what_people_make_of_proposals_is_counted_without_what_it_was(
    house: House, thinker: Thinker, chen: Actor
) -> None:
    paper = house.paper(title="IMG_8", pages=[HANDOVER])
    thinker.thinks(paper)
    with house.work(chen) as work:
        assert suggestions.confirmed(work, paper, "class_code", "YZ.01") is Met.FIRST
        assert suggestions.confirmed(work, paper, Field.UNIT, "9-0101") is Met.MISSED
        assert suggestions.confirmed(work, paper, "summary", "手写备注") is None
        assert suggestions.confirmed(work, paper, "owner", " ") is None
        suggestions.all_confirmed(
            work, paper, {"unit": "3-1201", "doc_number": "rh20260012", "drawing_no": "X-1"}
        )
    with house.archive.reading() as session:
        rates = {rate.field: rate for rate in suggestions.hit_rates(session)}
        assert session.execute(text("SELECT count(*) FROM proposal")).scalar() == 0
        told = str(session.execute(text("SELECT * FROM suggestion_feedback")).all())
    assert rates[Field.CLASS_CODE].share == rates[Field.UNIT].share == rates[Field.DOC_NUMBER].share == 1.0
    assert rates[Field.DRAWING_NO].none == 1 and rates[Field.DRAWING_NO].share is None
    assert "1201" not in told and "张示例" not in told


def test_what_waits_is_thought_over_again_when_asked(house: House, thinker: Thinker, chen: Actor) -> None:
    fresh = house.paper(title="IMG_9", pages=[HANDOVER])
    done = house.paper(title="IMG_10", pages=[HANDOVER])
    thinker.thinks(done)
    with house.work() as work:
        work.session.execute(text("DELETE FROM outbox_message"))
        assert suggestions.renew(work) == 1
        payload = work.session.execute(text("SELECT topic, payload FROM outbox_message")).one()
    assert payload.topic == "suggestions.propose"
    assert str(house.document(fresh).version_id) in str(payload.payload)
