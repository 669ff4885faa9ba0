"""A paper is found by what is known of it from the moment it is here, also if its pages can't be opened."""

import json

import pytest
from click.testing import CliRunner

from archive_service import records, search
from archive_service.home.service import check_consistency
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.search import Reconciled, SearchRequest
from archive_service.search.cli import find, index
from tests.search.test_finding import titles
from tests.support.house import House, page_facts
from tests.support.pages import Desk, text_of
from tests.support.papers import indexed


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def locked_paper(house: House, chen: Actor, *, quarantine: bool = True) -> DocumentId:
    """A paper whose file opens only with a password."""
    paper = house.paper(
        chen, title="凤凰阁收楼验收单", class_code="YZ.01", unit="3-1201", owner="张三",
        doc_number="物业通〔2026〕18号", doc_date="2026-03-08",
    )  # fmt: skip
    with house.work() as work:
        version = house.document(paper).version_id
        records.stop_reading(work, version, "password_protected", quarantine=quarantine)
    return paper


@pytest.mark.parametrize(
    "query",
    [
        "凤凰阁",
        "3栋1201",
        "房号:3-1201",
        "业主:张三",
        "编号:物业通〔2026〕18号",
        "类别:YZ",
        "年度:2026",
        "之后:2026-03",
        "",
    ],
)
def test_a_paper_that_can_not_be_opened_is_found_by_what_is_known_of_it(
    house: House, chen: Actor, query: str
) -> None:
    indexed(house, locked_paper(house, chen))
    (hit,) = search.find(house.archive, chen, SearchRequest(query)).hits
    assert (hit.document.title, hit.page, hit.version.state) == ("凤凰阁收楼验收单", None, "quarantined")
    assert "".join(text for text, _ in hit.snippet) == ""


def test_a_paper_is_announced_to_the_index_when_it_is_registered_and_again_when_it_is_read(
    house: House, chen: Actor
) -> None:
    paper = house.paper(chen, title="收楼验收单", class_code="YZ.01")
    with house.archive.reading() as session:
        assert search.announced_versions(session) == {house.document(paper).version_id}
    indexed(house, paper)
    assert house.document(paper).state == "received"
    assert titles(house, chen, "验收单") == ["收楼验收单"]
    house.is_read(paper, ["密封胶"])
    assert titles(house, chen, "密封胶") == []
    indexed(house, paper)
    assert titles(house, chen, "密封胶") == ["收楼验收单"]
    assert house.document(paper).state == "searchable"
    assert house.archive.index.count() == 1


def test_pages_kept_before_the_last_is_read_are_not_in_the_index(house: House, chen: Actor) -> None:
    paper = house.paper(chen, title="收楼验收单", class_code="YZ.01")
    version = house.document(paper).version_id
    with house.work() as work:
        records.start_reading(work, version, media_type="text/plain", pages_total=2, flags=())
        records.keep_page(work, version, page_facts(1, "密封胶"))
    indexed(house, paper)
    assert titles(house, chen, "密封胶") == []
    assert titles(house, chen, "验收单") == ["收楼验收单"]


def test_reading_that_ends_while_the_description_is_written_is_announced_again(
    house: House, chen: Actor
) -> None:
    paper = house.paper(chen, title="收楼验收单", class_code="YZ.01")
    put = search.index_versions(house.archive, [house.document(paper).version_id])
    house.is_read(paper, ["密封胶"])
    with house.work() as work:
        records.mark_searchable(work, put)
    assert house.document(paper).state == "readable"
    indexed(house, paper)
    assert titles(house, chen, "密封胶") == ["收楼验收单"]


def test_the_description_of_such_a_paper_is_kept_up_to_date(house: House, chen: Actor) -> None:
    paper = locked_paper(house, chen)
    indexed(house, paper)
    with house.work(chen) as work:
        told = records.Description(title="麒麟阁验房单", class_code="YZ.01")
        records.describe(work, paper, told, revision=1)
    assert search.stale_versions(house.archive) == []  # its message is on its way
    indexed(house, paper)
    assert titles(house, chen, "凤凰阁") == []
    assert titles(house, chen, "麒麟阁") == ["麒麟阁验房单"]


def test_a_newest_version_that_can_not_be_opened_still_finds_its_paper(house: House, chen: Actor) -> None:
    paper = house.paper(chen, title="收楼验收单", class_code="YZ.01", pages=["密封胶"])
    with house.work(chen) as work:
        version = records.add_version(work, paper, house.blob(b"locked"), "重新扫描")
        records.stop_reading(work, version, "broken", quarantine=True)
    indexed(house, paper)
    (hit,) = search.find(house.archive, chen, SearchRequest("验收单")).hits
    assert (hit.version.number, hit.version.state, hit.version.trouble) == (2, "quarantined", "broken")
    assert titles(house, chen, "密封胶") == []
    assert titles(house, chen, "密封胶", old_versions=True) == ["收楼验收单"]


def test_only_who_may_see_its_pages_finds_it(house: House, chen: Actor) -> None:
    indexed(house, locked_paper(house, chen))
    assert titles(house, house.person("林", "front_desk"), "凤凰阁") == ["凤凰阁收楼验收单"]
    assert titles(house, house.person("何", "auditor"), "凤凰阁") == []
    assert titles(house, house.person("吴", "engineering"), "凤凰阁") == []


def test_personal_numbers_of_a_description_are_covered_in_its_entry(house: House, chen: Actor) -> None:
    indexed(house, house.paper(chen, title="登记 13812340000", class_code="YZ.01"))
    assert titles(house, chen, "13812340000") == []
    (hit,) = search.find(house.archive, chen, SearchRequest("登记")).hits
    assert "".join(text for text, _ in hit.title) == "登记 138****0000"


def test_a_rebuild_a_comparison_and_a_check_agree_about_them(house: House, chen: Actor) -> None:
    stuck, waiting = locked_paper(house, chen), house.paper(chen, title="待读", class_code="YZ.01")
    read = house.paper(chen, title="读好", class_code="YZ.01", pages=["密封胶"])
    gone = house.paper(house.person("孙", "finance"), title="误传")
    with house.work(chen) as work:
        records.discard(work, gone)
    assert check_consistency(house.archive).findings == []  # they are on their way
    indexed(house, stuck, waiting, read, gone)
    for _ in range(2):
        assert search.rebuild(house.archive) == 3
        assert (house.archive.index.count(), search.expected_entries(house.archive)) == (3, 3)
        assert search.reconcile(house.archive) == Reconciled(0, 0, rebuilt=False)
        assert search.stale_versions(house.archive) == []
        assert check_consistency(house.archive).findings == []
    status = CliRunner().invoke(index, ["status"], obj=house.archive)
    assert (status.exit_code, status.stdout) == (0, "3 versions in the index, 3 for it in the database\n")
    house.archive.index.remove([house.document(stuck).version_id])
    assert [finding.code for finding in check_consistency(house.archive).findings] == ["index.missing"]
    assert search.reconcile(house.archive) == Reconciled(1, 0, rebuilt=False)
    assert check_consistency(house.archive).findings == []
    indexed(house, stuck)
    assert titles(house, chen, "凤凰阁") == ["凤凰阁收楼验收单"]


@pytest.mark.parametrize(
    ("quarantine", "badge"), [(True, "打不开"), (False, "需处理")], ids=["quarantined", "needs attention"]
)
def test_the_page_says_why_there_are_no_words_of_it(
    house: House, chen: Actor, desk: Desk, quarantine: bool, badge: str
) -> None:
    indexed(house, locked_paper(house, chen, quarantine=quarantine))
    words = text_of(desk.sits(chen).get("/search?q=凤凰阁").text)
    assert "找到 1 条" in words
    assert badge in words
    assert "文件设有密码" in words
    with desk.reads("en") as english:
        assert "The file is locked with a password." in text_of(english.get("/search?q=凤凰阁").text)


def test_the_page_says_that_pages_are_still_being_read(house: House, chen: Actor, desk: Desk) -> None:
    indexed(house, house.paper(chen, title="收楼验收单", class_code="YZ.01"))
    words = text_of(desk.sits(chen).get("/search?q=验收单").text)
    assert "已接收" in words
    assert "正文还没有读完" in words


def test_the_command_says_so_too(house: House, chen: Actor) -> None:
    paper = locked_paper(house, chen)
    indexed(house, paper)
    answer = CliRunner().invoke(find, ["凤凰阁"], obj=house.archive)
    assert answer.stdout.splitlines() == [
        f"{paper}  [凤凰阁]收楼验收单",
        "    (Can't be opened: The file is locked with a password.)",
    ]
    (hit,) = json.loads(CliRunner().invoke(find, ["凤凰阁", "--json"], obj=house.archive).stdout)["hits"]
    assert (hit["reading_state"], hit["reason"]) == ("quarantined", "password_protected")
