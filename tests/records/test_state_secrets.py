"""Papers that bear the mark of a state secret: refused where the name says so, kept from all where a page does."""

import pytest

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.records import Description, NeedsReason, StateSecret, VersionState
from archive_service.records.rules import WrongState
from archive_service.records.rules.state_secrets import TROUBLE, mark_in_title, mark_on_page
from bench.samples import samples
from tests.support.house import House

MARKS = [
    "机密★20年\n关于人防工程的通知",
    "绝密★",
    "秘密★１０年\n",
    "机　密　★　２０ 年",
    "000012\n机密★1年\n特急",
    "000012 机密★1年 特急",
    "机密大20年\n某某文件",  # the star misread
    "机密20年\n某某文件",  # the star not read
    "机蜜★3年",
    "秘密*10年",
    "秘密☆长期",
    "【绝密】\n会议纪要",
    "某某区人防办 秘密★10年\n关于",
    "绝密★启用前",
    "机密级★5年",
    "密级：机密\n关于人防工程的通知",
    "密级: 秘密★10年",
    "密　级：绝 密",
    "密级 机密 保密期限：20年",
    "密级：\n秘密\n会议纪要",
    "绝\n密\n关于人防工程的通知",
    "000012\n机\n密\n★\n20\n年\n关于",
    "秘\n密\n★\n十\n年",
    "绝\n密\n通知",
    "一\n二\n三\n四\n五\n六\n七\n八\n机密★20年",
]
NONE = [
    "保守秘密承诺书\n本人承诺保守国家秘密。",
    "机密级别说明\n本办法所称机密级别……",
    "商业秘密",
    "商业秘密★5年",
    "核心商密★10年",
    "分为绝密★、机密★、秘密★三级",
    "文件左上角标注“机密★20年”字样",
    "关于机密文件管理的通知",
    "内部资料 注意保密",
    "电子机密封圈 20年质保",
    "一\n二\n三\n四\n五\n六\n七\n秘密\n八",
    "秘密花园儿童乐园 2026年",
    "密级：内部",
    "密级：商业秘密",
    "密级：",
    "商\n业\n秘\n密\n协议",
    "保\n守\n秘\n密",
    "机\n密\n封\n圈",
    "秘\n密\n花\n园",
    "会议室\n机\n房",
    "密级：机密级别说明",
]


@pytest.mark.parametrize("text", MARKS)
def test_a_mark_is_found(text: str) -> None:
    assert mark_on_page(text)


@pytest.mark.parametrize("text", NONE)
def test_the_word_alone_is_no_mark(text: str) -> None:
    assert mark_on_page(text) == ""


def test_titles() -> None:
    for title in ("机密★20年.pdf", "[机密]会议纪要", "会议纪要（秘密）", "绝密_会议", "绝 密 会议", "秘密"):
        assert mark_in_title(title), title
    for title in ("机密级别说明", "保守秘密承诺书", "商业秘密保护协议", "秘密花园", "保密(商业秘密)", ""):
        assert mark_in_title(title) == "", title


def test_no_paper_of_a_service_centre_is_taken_for_one() -> None:
    for sample in samples():
        assert mark_in_title(sample.title) == ""
        assert mark_on_page(f"{sample.title}\n" + sample.text.replace("。", "。\n")) == "", sample.title


def test_hostile_texts_take_no_time_to_speak_of() -> None:
    assert mark_on_page("1" * 1_000_000) == ""
    assert mark_on_page("\n".join("保密" for _ in range(100_000)) + "机密" * 100_000) == ""
    assert mark_on_page(("000" * 130 + "机\n") * 10) == ""


@pytest.fixture
def chen(house: House) -> Actor:
    return house.person("陈", "archivist")


def test_a_name_that_says_so_is_refused_at_the_door(house: House, chen: Actor) -> None:
    with pytest.raises(StateSecret) as refused, house.work(chen) as work:
        records.add_document(work, house.blob(b"x", "人防图 机密★20年.pdf"), Description())
    assert refused.value.facts["mark"] == "机密★20年"
    with pytest.raises(StateSecret), house.work(chen) as work:
        records.add_document(work, house.blob(b"x"), Description(title="（绝密）人防图"))
    paper = house.paper(chen)
    with pytest.raises(StateSecret), house.work(chen) as work:
        records.add_version(work, paper, house.blob(b"x", "秘密.pdf"), "重扫")
    with pytest.raises(StateSecret), house.work(chen) as work:
        records.describe(work, paper, Description(title="人防图（机密）"), revision=1)


def marked(house: House, by: Actor) -> records.DocumentRow:
    paper = house.paper(by, title="人防工程图")
    version_id = house.document(paper).version_id
    with house.work() as work:
        records.start_reading(work, version_id, media_type="application/pdf", pages_total=2, flags=())
        from tests.support.house import page_facts

        records.keep_page(work, version_id, page_facts(1, "人防工程"))
    with house.work() as work:
        records.keep_from_all(work, version_id, 2)
    return house.document(paper)


def test_a_marked_page_closes_the_whole_version(house: House, chen: Actor) -> None:
    row = marked(house, chen)
    assert row.state is VersionState.QUARANTINED and row.trouble == TROUBLE and row.pages_read == 0
    with house.archive.reading() as session:
        assert records.page_numbers(session, row.version_id) == set()
        assert records.version_texts(session, [row.version_id]) == []
        assert row.version_id not in records.indexable_version_ids(session, 0)
    with pytest.raises(WrongState), house.work(chen) as work:
        records.retry_reading(work, row.id, 1)


def test_somebody_else_who_files_says_that_it_is_none(house: House, chen: Actor) -> None:
    lin, wang = house.person("林", "front_desk"), house.person("王", "archivist")
    row = marked(house, chen)
    for somebody, refusal in ((lin, NotFound), (chen, Forbidden)):
        with pytest.raises(refusal), house.work(somebody) as work:
            records.unmark(work, row.id, 1, "是本公司的章")
    with pytest.raises(NeedsReason), house.work(wang) as work:
        records.unmark(work, row.id, 1, "")
    with house.work(wang) as work:
        records.unmark(work, row.id, 1, "是本公司的章")
    with pytest.raises(WrongState), house.work(wang) as work:
        records.unmark(work, row.id, 1, "再说一次")
    house.is_read(row.id, ["机密\n是本公司的章"])
    with house.archive.reading() as session:
        version = records.version_by_id(session, row.version_id)
    assert version.unmarked and version.state is VersionState.READABLE
