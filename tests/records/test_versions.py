"""Versions as people count them, side by side, and back to an older one; editions of a drawing."""

import random
from dataclasses import replace

import pytest

from archive_service import premises, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.boxes import CharBox, pack_boxes
from archive_service.kernel.errors import Forbidden
from archive_service.kernel.grids import COLUMNS, ROWS, changed_areas, pack_grid
from archive_service.kernel.ids import DocumentId
from archive_service.records import (
    Dept,
    Description,
    DrawingFacts,
    FiledFacts,
    FileFacts,
    Form,
    Medium,
    Pii,
    Place,
    ReasonCode,
    SourceKind,
    Stage,
)
from archive_service.records.queries.comparing import comparison
from archive_service.records.queries.editions import editions
from archive_service.records.queries.steps import MajorStep, steps
from archive_service.records.rules.comparing import compare
from archive_service.records.rules.editions import edition_rank, newness
from archive_service.records.rules.versions import Content, labels
from archive_service.records.service.documents import SameBytes
from archive_service.records.service.restoring import restore_version
from storage import parse_digest
from tests.support.house import House, page_facts
from tests.support.pages import Desk, text_of

FACTS = FiledFacts(
    responsible=("云栖花园客户服务中心",),
    form=Form.ORIGINAL,
    medium=Medium.PAPER,
    source_kind=SourceKind.SCAN,
    carries_pii=Pii.NONE,
)


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist, in an archive with one project."""
    with house.work() as work:
        premises.add_project(work, number="WY01", name_zh="云栖花园")
    return house.person("陈", "archivist")


def filed(house: House, chen: Actor, *pages: str, level: str = "WS.02", **told: str) -> DocumentId:
    paper = house.paper(title="停水通知", class_code=level, doc_date="2026-03-08", pages=pages, **told)
    with house.work(chen) as work:
        records.file_document(work, paper, FACTS, Place(dept=Dept.KF), revision=1)
    return paper


def put_right(house: House, chen: Actor, paper: DocumentId, **told: str) -> None:
    row = house.document(paper)
    now = Description(
        row.title, row.class_code, row.file_no, row.doc_number, row.unit, row.owner, row.doc_date
    )
    with house.work(chen) as work:
        records.describe(work, paper, replace(now, **told), revision=row.revision, reason="登记有误")


def renewed(house: House, chen: Actor, paper: DocumentId, *pages: str, code: ReasonCode) -> None:
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(repr(pages).encode()), "换一份", code=code)
    house.is_read(paper, pages)


def counted(house: House, paper: DocumentId) -> list[MajorStep]:
    with house.archive.reading() as session:
        return steps(session, paper)


def test_new_content_counts_the_major_number_and_what_is_put_right_the_minor(
    house: House, chen: Actor
) -> None:
    paper = filed(house, chen, "3月8日停水")
    put_right(house, chen, paper, doc_number="物业通〔2026〕18号")
    house.clock.passes(days=1)
    put_right(house, chen, paper, title="停水通知（二次供水）")
    renewed(house, chen, paper, "3月9日停水", code=ReasonCode.CORRECTED)
    put_right(house, chen, paper, title="停水通知")
    newest, first = counted(house, paper)
    assert (newest.label, newest.first_label, newest.version.is_current) == ("2.1", "2.0", True)
    assert (first.label, first.first_label, first.version.is_current) == ("1.2", "1.0", False)
    assert [(m.label, m.reason, m.by) for m in first.minors] == [
        ("1.2", "登记有误", chen.user_id),
        ("1.1", "登记有误", chen.user_id),
    ]
    assert first.minors[1].after == {"doc_number": "物业通〔2026〕18号"}
    assert newest.version.reason_code == "corrected"
    number = house.document(paper).archival_no
    assert number == "WY01-WS·02·2026-D10-KF-0001"


def test_what_is_said_before_filing_is_no_version(house: House, chen: Actor) -> None:
    paper = house.paper(title="停水通知", class_code="WS.02", doc_date="2026-03-08", pages=["停水"])
    with house.work(chen) as work:
        records.describe(work, paper, Description("停水", "WS.02", doc_date="2026-03-08"), revision=1)
    assert [step.label for step in counted(house, paper)] == ["1.0"]


def test_labels_hold_whatever_comes_between() -> None:
    contents = [Content(3, 9), Content(2, 4), Content(1, 1)]
    assert labels(contents, [2, 3, 5, 9, 10], filed_at_revision=3) == {5: (2, 1), 9: (2, 2), 10: (3, 1)}
    assert labels(contents, [2, 3], filed_at_revision=None) == {}


def test_new_content_of_a_filed_paper_is_for_who_files_it(house: House, chen: Actor) -> None:
    lin = house.person("林", "front_desk")
    draft = house.paper(lin, title="停水通知", class_code="WS.02", pages=["停水"])
    with house.work(lin) as work:
        records.add_version(work, draft, house.blob(b"once more"), "重扫")
    paper = filed(house, chen, "停水")
    with pytest.raises(Forbidden), house.work(lin) as work:
        records.add_version(work, paper, house.blob(b"new"), "重扫")


def test_back_to_an_older_version_is_a_new_one(house: House, chen: Actor) -> None:
    paper = filed(house, chen, "3月8日停水")
    old = house.document(paper).digest
    renewed(house, chen, paper, "错页", code=ReasonCode.RESCAN)
    with house.work(chen) as work:
        restore_version(work, paper, 1, "扫错了，恢复原件")
    row = house.document(paper)
    assert (row.version_number, row.digest) == (3, old)
    assert counted(house, paper)[0].version.reason_code == "restored"
    with pytest.raises(SameBytes), house.work(chen) as work:
        restore_version(work, paper, 1, "再来一次")


# Side by side


def test_words_that_fell_away_and_came_are_found_wherever_a_page_moved() -> None:
    found = compare(["关于3月8日停水的通知", "第二页"], ["封面", "关于3月9日停水的通知", "第二页"])
    assert [p.text for p in found.before[0] if p.changed] == ["8"]
    assert "".join(p.text for page in found.after for p in page if p.changed) == "封面9"
    assert (found.removed, found.added, found.coarse, found.cut) == (1, 3, False, False)
    assert compare(["一 二"], ["一\n二"]).same


def test_what_is_kept_is_the_same_on_both_sides_whatever_was_changed() -> None:
    chance = random.Random(7)
    for _ in range(300):
        one = "".join(chance.choice("甲乙丙丁 a1\n") for _ in range(chance.randint(0, 40)))
        other = list(one)
        for _ in range(chance.randint(0, 6)):
            if other and chance.random() < 0.5:
                other.pop(chance.randrange(len(other)))
            else:
                other.insert(chance.randint(0, len(other)), chance.choice("甲乙丙丁戊"))
        found = compare([one], ["".join(other)])
        left, right = ("".join(p.text for p in side[0]) for side in (found.before, found.after))
        assert (left, right) == (one, "".join(other))
        kept = ["".join(p.text for p in side[0] if not p.changed) for side in (found.before, found.after)]
        assert "".join(kept[0].split()) == "".join(kept[1].split())


def test_hostile_texts_are_told_coarsely_within_the_budget() -> None:
    chance = random.Random(7)
    one = "".join(chance.choice("甲乙") for _ in range(30_000))
    other = "".join(chance.choice("乙丙") for _ in range(30_000))
    found = compare([one], [other], steps=20_000)
    assert found.coarse and "".join(p.text for p in found.before[0]) == one
    assert compare(["啊" * 200_001], ["啊"]).cut


def _grid(*dark: tuple[int, int]) -> bytes:
    shades = bytearray([255]) * (COLUMNS * ROWS)
    for x, y in dark:
        shades[y * COLUMNS + x] = 120
    return pack_grid(bytes(shades))


def test_pictures_differ_where_something_was_drawn_and_not_where_the_sheet_slipped() -> None:
    plain = _grid((10, 10), (11, 10))
    assert changed_areas(plain, plain) == ()
    assert changed_areas(plain, _grid((11, 11), (12, 11))) == ()
    (area,) = changed_areas(plain, _grid((10, 10), (11, 10), (30, 50), (31, 51))) or ()
    assert (area.x0, area.y0) == (30 / COLUMNS, 50 / ROWS)
    assert changed_areas(b"nonsense", plain) is None


def _with_boxes(house: House, chen: Actor, paper: DocumentId, text: str, grid: bytes) -> None:
    with house.work(chen) as work:
        records.add_version(work, paper, house.blob(text.encode()), "重扫")
    version_id = house.document(paper).version_id
    boxes = pack_boxes(CharBox(at / 20, 0.1, (at + 1) / 20, 0.2) for at in range(len(text)))
    with house.work() as work:
        records.start_reading(work, version_id, media_type="image/tiff", pages_total=1, flags=())
        records.keep_page(work, version_id, replace(page_facts(1, text), boxes=boxes, grid=grid))
        records.finish_reading(work, version_id)


def test_covered_numbers_are_compared_as_they_are_shown(house: House, chen: Actor) -> None:
    paper = filed(house, chen, "空")
    _with_boxes(house, chen, paper, "电话 13800000001", _grid())
    _with_boxes(house, chen, paper, "电话 13811110001", _grid((20, 6)))
    with house.archive.reading() as session:
        new, old, _ = records.versions(session, paper)
        clear = comparison(session, old, new, first=1, in_clear=True)
        covered = comparison(session, old, new, first=1, in_clear=False)
    assert clear.changed_pages == (1,) and clear.pairs[0].differs
    assert clear.pairs[0].before is not None and clear.pairs[0].before.marks and clear.pairs[0].before.areas
    assert covered.text.same and not covered.pairs[0].differs


def test_what_was_said_of_it_is_compared_as_well(house: House, chen: Actor) -> None:
    paper = filed(house, chen, "停水")
    put_right(house, chen, paper, title="停水通知（一）")
    put_right(house, chen, paper, title="停水通知（二）")
    renewed(house, chen, paper, "停水", code=ReasonCode.RESCAN)
    with house.archive.reading() as session:
        new, old = records.versions(session, paper)
        (fact,) = [
            f for f in comparison(session, old, new, first=1, in_clear=True).facts if f.field == "title"
        ]
        (back,) = [
            f for f in comparison(session, new, old, first=1, in_clear=True).facts if f.field == "title"
        ]
    assert (fact.before, fact.after) == ("停水通知", "停水通知（二）")
    assert (back.before, back.after) == ("停水通知（二）", "停水通知")


# Drawings


def test_editions_rise_by_letter_and_by_number() -> None:
    assert (
        edition_rank("B") == (2, 0)
        and edition_rank("第3版") == (3, 0)
        and edition_rank("第十二版") == (12, 0)
    )
    assert (
        edition_rank("Rev.2.1") == (2, 1) and edition_rank("Ａ") == (1, 0) and edition_rank("施工版") is None
    )
    assert newness("B", "2020-01-01", "") > newness("A", "2024-01-01", "")
    assert newness("旧", "2024", "") > newness("旧", "2020", "")


def test_an_older_edition_says_which_is_the_newest(house: House, desk: Desk, chen: Actor) -> None:
    with house.work(chen) as work:
        file = records.open_case_file(work, "KJ.02.DQ", FileFacts(title="3栋电气竣工图"), building="03")
    papers = {}
    for edition in ("A", "C", "B"):
        paper = house.paper(
            title="三层照明平面图", class_code="KJ.02.DQ", doc_date="2026", pages=[f"图 {edition}"]
        )
        sheet = DrawingFacts("电施-12", Stage.AS_BUILT, "1:100", edition, "A1")
        with house.work(chen) as work:
            place = Place(file_no=file.file_no)
            records.file_document(work, paper, replace(FACTS, drawing=sheet), place, revision=1)
        papers[edition] = paper
    with house.archive.reading() as session:
        rows = editions(session, chen, papers["A"])
        assert [(row.edition, row.is_newest) for row in rows] == [("C", True), ("B", False), ("A", False)]
    old = desk.sits(chen).get(f"/documents/{papers['A']}").text
    assert "本图已有更新的版次" in old and f"/documents/{papers['C']}" in old
    assert "这是本图的最新版" in desk.sits(chen).get(f"/documents/{papers['C']}").text


# At the page and over the API


def test_the_pages_show_steps_a_comparison_and_the_report(house: House, desk: Desk, chen: Actor) -> None:
    paper = filed(house, chen, "3月8日停水", "不变的一页")
    put_right(house, chen, paper, doc_number="18号")
    renewed(house, chen, paper, "3月9日停水", "不变的一页", code=ReasonCode.CORRECTED)
    page = desk.sits(chen)
    shown = text_of(page.get(f"/documents/{paper}").text)
    for words in ("第 2.0 版", "第 1.1 版", "订正 : 登记有误", "原单位更正", "与 1.0 比较"):
        assert words.replace(" ", "") in shown.replace(" ", "")
    html = page.get(f"/documents/{paper}/compare?from=1&to=2").text
    assert "<del>8</del>" in html and "<ins>9</ins>" in html and "没有差别" in html
    assert page.get(f"/documents/{paper}/compare?from=1&to=7").status_code == 404
    reports = page.get(f"/documents/{paper}/checks").text
    assert "四性检测" in reports and "没有连接杀毒软件" in reports
    with house.archive.reading() as session:
        (report,) = records.checks(session, chen, paper)
    assert "四性检测报告" in page.get(f"/documents/{paper}/checks/{report.id}/print").text
    made = page.post(f"/documents/{paper}/checks")
    assert made.status_code == 303 and "/checks/" in made.location
    back = page.post(f"/documents/{paper}/versions/1/restoration", data={"reason": "恢复"})
    assert back.status_code == 303 and house.document(paper).version_number == 3


def test_a_stopped_filing_says_why_in_words(house: House, desk: Desk, chen: Actor) -> None:
    paper = house.paper(title="停水通知", class_code="WS.02", doc_date="2026-03-08", pages=["停水"])
    house.archive.blobs.remove(parse_digest(house.document(paper).digest))
    form = {
        "responsible": "客服中心", "form": "original", "medium": "paper", "source_kind": "scan",
        "carries_pii": "none", "pages": "1", "language": "zh", "dept": "KF", "year": "2026", "revision": "1",
    }  # fmt: skip
    answer = desk.sits(chen).post(f"/documents/{paper}/filing", data=form)
    assert answer.status_code == 409
    assert "存储中找不到这个文件" in text_of(answer.text)
    assert house.document(paper).archival_no == ""
