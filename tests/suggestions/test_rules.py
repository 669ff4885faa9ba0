"""What the rules read off papers, without an archive."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.suggestions.rules import Field
from archive_service.suggestions.rules.amounts import amounts, capital_amount
from archive_service.suggestions.rules.dates import own_dates, written
from archive_service.suggestions.rules.drawings import title_block
from archive_service.suggestions.rules.feedback import Met, met
from archive_service.suggestions.rules.kept import keep, told
from archive_service.suggestions.rules.names import owners
from archive_service.suggestions.rules.numbers import doc_numbers
from archive_service.suggestions.rules.paper import read
from archive_service.suggestions.rules.places import buildings
from archive_service.suggestions.rules.reading import read_fields


def first(candidates) -> str:  # type: ignore[no-untyped-def]
    return candidates[0].value if candidates else ""


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("2026年3月8日", "2026-03-08"),
        ("２０２６年０３月０８日", "2026-03-08"),
        ("2026-03-08", "2026-03-08"),
        ("2026.3.8", "2026-03-08"),
        ("2026/3/8", "2026-03-08"),
        ("20260308", "2026-03-08"),
        ("二〇二六年三月八日", "2026-03-08"),
        ("二零二六年十二月三十一日", "2026-12-31"),
        ("2026年3月", "2026-03"),
        ("2O26年3月l8日", "2026-03-18"),
        ("2026年2月30日", ""),
        ("2026年13月", "2026"),
    ],
)
def test_a_date_is_read_in_every_writing(text: str, iso: str) -> None:
    assert next((w.iso for w in written(read((text,)).flat)), "") == iso


@pytest.mark.parametrize(
    ("text", "iso"),
    [
        ("装修申请表\n工期2026年6月10日至7月15日。\n填表日期：2026年5月2日", "2026-05-02"),
        ("通知\n定于2026年4月16日停水。\n示例物业服务中心\n2026年4月12日", "2026-04-12"),
        ("业主证\n有效期至2027年1月31日。2026年2月20日领取签收。", "2026-02-20"),
        ("投诉登记表 TS-20260903-02。投诉人来电，9月4日处理。", "2026-09-03"),
        ("租赁登记\n租期2026年1月1日至2028年12月31日。\n经办人：乔明 2025-12-20", "2025-12-20"),
    ],
)
def test_the_day_of_the_paper_is_told_from_days_it_speaks_of(text: str, iso: str) -> None:
    assert first(own_dates(read((text,)))) == iso


def test_a_term_of_lease_is_no_date_of_the_paper() -> None:
    found = own_dates(read(("停车位租赁登记\n租期2026年1月1日至12月31日，按季缴纳。",)))
    assert all(candidate.confidence < 0.3 for candidate in found)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("物业通［2026］18号\n关于停水的通知", "物业通〔2026〕18号"),
        ("关于停水的通知 物业通(2026)18号\n各位业主", "物业通〔2026〕18号"),
        ("二次装修申请表 编号ZX-2026-0045。", "ZX-2026-0045"),
        ("居住证换发\n原证LSZ-2025-0337收回，换发新证LSZ-2026-0290。", "LSZ-2026-0290"),
        ("收款收据 No.0026158\n收款方式：扫码，交易参考号TEST20260220000158", "0026158"),
        ("报修单 编号：BX-2026O612-07", "BX-20260612-07"),
        ("催缴函 CJ-2026-\n0033。房号11栋0201", "CJ-2026-0033"),
        ("来函\n参照物业通〔2025〕3号执行。", "物业通〔2025〕3号"),
    ],
)
def test_the_paper_s_own_number_is_found(text: str, number: str) -> None:
    assert first(doc_numbers(read((text,)))) == number


def test_a_number_of_somebody_else_is_not_claimed_with_confidence() -> None:
    (found,) = doc_numbers(read(("来函\n有关事宜请参照物业通〔2025〕3号执行。",)))
    assert found.confidence < 0.5


_NOTICE = (
    "关于消防演练的通知\n3月1日上午九时起在三号楼前举行消防演练，警报响起时请勿惊慌，按楼栋管家的引导撤离。\n"
)


@pytest.mark.parametrize(
    "text",
    [
        _NOTICE + "\n物业通〔2026〕31号\n云栖花园客户服务中心\n2026年3月1日",
        _NOTICE
        + "物业通（2026）31 号\n云栖花园客户服务中心",  # right below a line as long as the paper is wide
        _NOTICE + "附件：撤离路线图\n文号：物业通〔2026〕31号",
        "关于废止物业通〔2025〕3号的通知\n" + _NOTICE + "物业通〔2026〕31号",
    ],
)
def test_a_number_that_has_a_line_to_itself_is_the_paper_s_own_wherever_it_stands(text: str) -> None:
    found = doc_numbers(read((text,)))
    assert found[0].value == "物业通〔2026〕31号" and found[0].confidence == 0.95
    assert all(other.confidence <= 0.5 for other in found[1:])


@pytest.mark.parametrize(
    "text",
    [
        _NOTICE + "有关事宜参照\n物业通〔2025〕3号",
        _NOTICE + "物业通〔2025〕3号\n物业通〔2025〕4号",
        _NOTICE + "执行物业通〔2025〕3号。",
    ],
)
def test_numbers_of_others_on_lines_of_their_own_are_only_offered(text: str) -> None:
    found = doc_numbers(read((text,)))
    assert found and found[0].confidence < 0.4


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("业主：张示例。", "张示例"),
        ("原业主钱模拟，现业主孙假设，", "孙假设"),
        ("申请人冯举例，房号2栋1503，与业主关系：本人。", "冯举例"),
        ("承租人：示例市小满茶铺（个体工商户），", "示例市小满茶铺"),
        ("姓名：欧阳明 身份证号", ""),
        ("业主签字确认，业主委员会备案，业主同意施工。", ""),
        ("乙方：云杉商贸有限公司\n", "云杉商贸有限公司"),
    ],
)
def test_names_are_found_beside_their_labels(text: str, name: str) -> None:
    assert first(owners(read((text,)))) == name


@pytest.mark.parametrize(
    ("text", "yuan"),
    [
        ("壹拾元整", "10.00"),
        ("贰仟元整", "2000.00"),
        ("壹万贰仟叁佰肆拾伍元陆角柒分", "12345.67"),
        ("叁佰零伍元整", "305.00"),
    ],
)
def test_amounts_in_capitals(text: str, yuan: str) -> None:
    assert f"{capital_amount(text):.2f}" == yuan


def test_the_amount_said_twice_is_the_surest() -> None:
    found = amounts(read(("单价10.00元，数量3，金额30.00元，大写人民币叁拾元整。收据号0026158",)))
    assert (found[0].value, found[0].confidence) == ("30.00", 0.97)
    assert first(amounts(read(("合计：¥12,860.50",)))) == "12860.50"


def test_a_title_block_fills_the_drawing_s_fields() -> None:
    text = (
        "云栖花园 3栋 强电平面图\n图号 电施-12    版次 A\n专业 电气    比例 1:100  图幅 A1\n"
        "设计单位 示例市虚构建筑设计院\n竣工图  编制日期 2019年8月20日 第3张 共18张"
    )
    block = title_block(read((text,)))
    assert {field.value: found[0].value for field, found in block.items()} == {
        "drawing_no": "电施-12",
        "discipline": "电气",
        "stage": "as_built",
        "scale": "1:100",
        "edition": "A",
        "sheet": "A1",
        "sheet_of": "3/18",
        "design_unit": "示例市虚构建筑设计院",
        "issue_date": "2019-08-20",
    }
    assert first(read_fields(read((text,)), (text,)).of(Field.DOC_DATE)) == "2019-08-20"


def test_who_borrows_a_drawing_files_no_drawing() -> None:
    assert title_block(read(("文件借阅申请表 JY-2026-0027。借阅内容：竣工图（电施-12）蓝图1份",))) == {}


def test_what_is_kept_of_a_number_that_must_be_covered_is_covered_for_others() -> None:
    text = "业主资料变更。姓名：王测试，联系电话12000000013。"
    paper = read((text,))
    covered = "业主资料变更。姓名：王测试，联系电话120****0013。"
    kept = told(keep(doc_numbers(paper) + owners(paper), [covered]))
    assert all("12000000013" not in candidate.masked for candidate in kept)


@pytest.mark.parametrize(
    ("value", "outcome"),
    [("zx 2026 0045", Met.FIRST), ("ZX-2026-0046", Met.LISTED), ("CJ-2026-0001", Met.MISSED)],
)
def test_how_a_person_s_word_stands_to_the_proposals(value: str, outcome: Met) -> None:
    paper = read(("装修申请表 编号ZX-2026-0045。收据ZX-2026-0046附后",))
    kept = told(keep(doc_numbers(paper), [paper.flat]))
    assert met(Field.DOC_NUMBER, kept, value) is outcome
    assert met(Field.DOC_NUMBER, [], value) is Met.NONE


@given(st.lists(st.text(max_size=60), min_size=1, max_size=4))
def test_no_text_breaks_the_rules_and_every_place_lies_on_its_page(pages: list[str]) -> None:
    paper = read(tuple(pages))
    assert len(paper.flat) == len(paper.places)
    for found in read_fields(paper, tuple(pages)).fields.values():
        for candidate in found:
            assert 0 < candidate.confidence <= 1
            for span in candidate.spans:
                assert 0 <= span.start < span.end <= len(pages[span.page - 1])


@given(st.text(alphabet="编号：日期2026-ZX0年月日〔〕()关于的通知业主房栋元¥.,\n 图比例1", max_size=120))
def test_no_near_miss_breaks_them_either(text: str) -> None:
    read_fields(read((text,)), (text,))


def title_of(*lines: str, title: str = "") -> str:
    page = "\n".join(lines)
    return first(read_fields(read((page,), title), (page,)).of(Field.TITLE))


@pytest.mark.parametrize(
    ("lines", "title"),
    [
        (("物业通〔2026〕18号", "春节期间车辆停放温馨提示", "各位业主："), "春节期间车辆停放温馨提示"),
        (("物业通〔2026〕18号　停水安排", "4月16日停水。"), "停水安排"),
        (("物业公〔2026〕 2号2025年度公共收益收支情况公示",), "2025年度公共收益收支情况公示"),
        (("装修施工许可证存根 编号 ZX-2021-0313", "填表日期：2021-07-18"), "装修施工许可证存根"),
        (("（XH-2020-0692）", "档案鉴定意见书", "登记日期：2020年3月24日"), "档案鉴定意见书"),
        (("托管钥匙使用记录 (TG-2026-0523)", "申请人：尤涛洋"), "托管钥匙使用记录"),
        (("示例物业服务中心", "客户意见汇总", "经办人：姚子平"), "客户意见汇总"),
        (("业主大会会议", "各位业主：", "2026年3月8日"), "业主大会会议"),
        # And what looks like one of these and is a title all the same:
        (("投诉登记:B区餐饮商户油烟扰民",), "投诉登记:B区餐饮商户油烟扰民"),
        (("ZX-2026-0045装修保证金退款审批单",), "ZX-2026-0045装修保证金退款审批单"),
        (("2026年2月20日收款日结表",), "2026年2月20日收款日结表"),
        (("关于成立业主委员会的通知", "示例物业服务中心"), "关于成立业主委员会的通知"),
        (("业主委员会换届选举结果", "业主：张示例"), "业主委员会换届选举结果"),
    ],
)
def test_a_title_is_no_number_no_filled_in_field_no_day_and_no_letterhead(
    lines: tuple[str, ...], title: str
) -> None:
    assert title_of(*lines) == title


@pytest.mark.parametrize(
    "text",
    [
        "中华人民共和国居民身份证\n签发机关 示例市公安局\n有效期限 2015.06.01-2035.06.01",
        "居民身份证\n有效期限\n2015年6月1日至2035年6月1日",
        "居民身份证 有效期限2015-06-01—长期",
        "居民身份证\n姓名 张示例\n出生\n1985年2月3日",
    ],
)
def test_a_card_s_term_and_birthday_are_neither_its_number_nor_its_date(text: str) -> None:
    paper = read((text,))
    assert doc_numbers(paper) == []
    assert all(found.confidence < 0.3 for found in own_dates(paper))


def test_misread_letters_of_a_form_s_number_are_put_right_all_the_same() -> None:
    assert first(doc_numbers(read(("装修申请表 2X-2026-0045",)))) == "ZX-2026-0045"
    assert first(own_dates(read(("装修登记\n办理日期\n2026年3月8日",)))) == "2026-03-08"
    assert first(own_dates(read(("公示\n公示时间2026年1月15日至2026年2月14日",)))) == "2026-01-15"


def test_a_telephone_is_no_number_of_a_paper() -> None:
    assert doc_numbers(read(("报修单\n联系电话号码85551234，业主张示例。",))) == []
    assert first(doc_numbers(read(("收款收据\n收据号码0026158",)))) == "0026158"


def test_words_that_begin_like_a_surname_are_nobody() -> None:
    assert owners(read(("业主证申请表\n申请人冯举例，与业主关系：本人。",)))[0].value == "冯举例"
    assert [c.value for c in owners(read(("通知\n请业主关注天气，业主方便时到前台，业主安全用气。",)))] == []
    assert first(owners(read(("登记表\n业主关小宝，房号3栋1201。",)))) == "关小宝"
    assert first(owners(read(("登记表\n业主：时雨，房号3栋1201。",)))) == "时雨"


def test_a_drawing_s_title_ends_where_the_next_box_of_the_block_begins() -> None:
    text = "图名：3栋南立面图  图号：建施-35\n比例 1:50  图幅 A2"
    assert first(title_block(read((text,)))[Field.DRAWING_TITLE]) == "3栋南立面图"
    text = "图名：3栋弱电专业平面图\n图号：弱施-05，比例1:50"
    assert first(title_block(read((text,)))[Field.DRAWING_TITLE]) == "3栋弱电专业平面图"


def test_a_change_that_went_into_a_drawing_is_neither_its_number_nor_its_stage() -> None:
    text = "图号：电施-12，版次：竣B版，比例1:100，图幅A1\n竣工图 修改：按设计变更电变-007替换。"
    block = title_block(read((text,)))
    assert [c.value for c in block[Field.DRAWING_NO]] == ["电施-12"]
    assert [c.value for c in block[Field.STAGE]] == ["as_built"] and first(
        block[Field.CHANGE_REFS]
    ) == "电变-007"
    sheet = title_block(read(("设计变更图\n图名：地下室变更图 图号：电变-007，比例1:100",)))
    assert (first(sheet[Field.DRAWING_NO]), first(sheet[Field.STAGE])) == ("电变-007", "change")


def test_a_storey_is_the_place_of_a_drawing_and_of_nothing_else() -> None:
    notice = "关于地下车库地坪维修的通知\nB1层东区地坪维修，车辆请停放至地下二层。"
    assert buildings(read((notice,))) == []
    assert first(buildings(read(("重大投诉\nB2区消防管漏水。",)))) == "B2"
    assert first(buildings(read(("图名：地下二层喷淋平面图 图号：水消施-05",)), drawing=True)) == "B2"
    assert first(buildings(read(("通知\n3栋电梯检修",)))) == "3栋"
