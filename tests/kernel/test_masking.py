"""Personal numbers are hidden however recognition broke them up; numbers of papers are not."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from decimal import Decimal
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_service.kernel.masking import mask, spans
from search_index.normal import normalise


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("身份证号11010519900307001X。", "身份证号110***********001X。"),
        ("440106198502031234", "440***********1234"),
        ("证件号码：110105\n19900307001x", "证件号码：110***\n********001x"),
        ("1101 0519 9003 0700 12", "110* **** **** **00 12"),
        ("身份证（旧）：110105900307001", "身份证（旧）：110********7001"),
        ("身份证号：11O1O5I99OO3O7OO12", "身份证号：11O***********OO12"),
        ("电话13812345678", "电话138****5678"),
        ("+86 138-1234-5678", "+86 138-****-5678"),
        ("8613812345678", "86138****5678"),
        ("138 1234 5678", "138 **** 5678"),
        ("1 3 8 1 2 3 4 5 6 7 8", "1 3 8 * * * * 5 6 7 8"),
        ("138123\n45678", "138***\n*5678"),
        ("手机 138 12 345 678", "手机 138 ** **5 678"),
        ("１３８１２３４５６７８", "１３８****５６７８"),
        ("138\u200b1234\u200b5678", "138\u200b****\u200b5678"),
        ("138.0000.1234", "138.****.1234"),
        ("138/0000/1234", "138/****/1234"),
        ("138_0000_1234", "138_****_1234"),
        ("１３８．００００．１２３４", "１３８．****．１２３４"),
        ("电话：138.00001234", "电话：138.****1234"),
        ("王先生 138. 0000. 1234。", "王先生 138. ****. 1234。"),
        ("13800OO1234", "138****1234"),
        ("138 00OO 1234", "138 **** 1234"),
        ("l3800O01234", "l38****1234"),
        ("手机：138-0OO0-I234", "手机：138-****-I234"),
        ("110101-19900307-2316", "110***-********-2316"),
        ("110101/1990/03/07/231X", "110***/****/**/**/231X"),
        ("110101.19900307.2316", "110***.********.2316"),
        ("110101199OO3072316", "110***********2316"),
        ("身份证：110101.900307.231", "身份证：110***.*****7.231"),
        ("020.87654321", "020.******21"),
        ("020-87654321", "020-******21"),
        ("(0755)2345 6789", "(0755)**** **89"),
        ("010 6543 2109", "010 **** **09"),
        ("传真：8765432", "传真：*****32"),
        ("京A·12388", "京A·***88"),
        ("粤BD12345 停放", "粤B****45 停放"),
        ("粤 A", "粤 A"),
        ("粤A1234挂", "粤A***4挂"),
        ("卡号：6222 0212 3456 7890 123", "卡号：**** **** **** ***0 123"),
        ("账户 622202123456", "账户 ********3456"),
    ],
)
def test_personal_numbers(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "收据编号 0012345",
        "No.0012345",
        "收据编号：1520 0012345",
        "票号：10020260123",
        "粤(2019)广州市不动产权第00123456号",
        "不动产单元号440106013002GB00026F00010001",
        "统一社会信用代码 914401011906543210",
        "物业通〔2026〕18号",
        "WY01-ZX·01·2026-0045-003",
        "WY01-WS·02·2026-D10-KF-0018",
        "ZX-2026-0045 电施-12",
        "2026年3月8日 2026-03-08 20260308",
        "2026.03.08 2026/3/8 2026.03.08-2027.03.07",
        "有效期 2006.03.08-2026.03.08",
        "身份证有效期限 2006.03.08-2026.03.08",
        "1380.00 1520.00 13.80",
        "金额 138.0000 1234",
        "电话费 1200.00 1300.00",
        "电话费：1,380.00元 1500.00元",
        "比例 1/500 1/2000 150/2026",
        "版本 138.0.1234.5678",
        "编号：440106-20260308-0012",
        "合同编号：13800OO1234",
        "图号 13OO-15-OOO12",
        "档号 WY01-ZX·01-2026-0045-0003",
        "192.168.10.25 1.38.0000.1234",
        "上月1523 本月1548 实用25",
        "1523 1548 250",
        "金额 12,860.50元",
        "1500 2000300.00",
        "新A区108号",
        "账号见背面，金额1260元",
        "服务热线 400-123-4567",
        "发票号码 26442000001234567890",
    ],
)
def test_numbers_of_papers_stay(text: str) -> None:
    assert mask(text) == text
    assert spans(text) == ()


def test_spans_are_what_the_mask_hides() -> None:
    text = "电话13812345678，身份证110105 19900307001X"
    assert [text[start:end] for start, end in spans(text)] == ["1234", "105 19900307"]


BREAKS = st.sampled_from([" ", "\n", "  ", "\u3000"])


@given(
    before=st.text(alphabet="业主联系人。， \n", max_size=20),
    at=st.integers(1, 10),
    gap=BREAKS,
    digits=st.integers(0, 10**9 - 1),
)
def test_a_mobile_broken_once_anywhere_is_hidden(before: str, at: int, gap: str, digits: int) -> None:
    number = f"13{digits:09}"
    masked = mask(f"{before}{number[:at]}{gap}{number[at:]}。")
    assert "".join(masked.split()).endswith(f"{number[:3]}****{number[7:]}。")


@given(mark=st.sampled_from("._/·-"), gap=st.sampled_from(["", " "]), digits=st.integers(0, 10**9 - 1))
def test_a_mobile_cut_by_any_mark_is_hidden(mark: str, gap: str, digits: int) -> None:
    number = f"13{digits:09}"
    masked = mask(f"王先生{number[:3]}{mark}{gap}{number[3:7]}{mark}{gap}{number[7:]}。")
    assert masked == f"王先生{number[:3]}{mark}{gap}****{mark}{gap}{number[7:]}。"


@given(digits=st.integers(0, 10**8 - 1), letters=st.sets(st.integers(3, 10), max_size=3))
def test_a_mobile_with_letters_for_some_digits_is_hidden(digits: int, letters: set[int]) -> None:
    number = "".join("O" if at in letters else digit for at, digit in enumerate(f"138{digits:08}"))
    assert mask(number) == f"138****{number[7:]}"


@given(
    first=st.dates(),
    second=st.dates(),
    mark=st.sampled_from("./-"),
    between=st.sampled_from([" ", "-", "至", "\n"]),
    amounts=st.lists(st.decimals(0, 99999, places=2), max_size=5),
)
def test_dates_and_amounts_stay(
    first: date, second: date, mark: str, between: str, amounts: list[Decimal]
) -> None:
    days = [f"{day.year:04}{mark}{day.month:02}{mark}{day.day:02}" for day in (first, second)]
    text = "日期" + between.join(days) + " 金额 " + "、".join(f"{amount:,}元" for amount in amounts)
    assert mask(text) == text


@given(
    gaps=st.lists(st.sampled_from(["", "", "", " ", "\n"]), min_size=17, max_size=17),
    day=st.dates().filter(lambda day: 1900 <= day.year < 2030),
    order=st.integers(0, 999),
)
def test_an_id_number_broken_anyhow_is_hidden(gaps: list[str], day: object, order: int) -> None:
    number = f"440106{day:%Y%m%d}{order:03}X"
    broken = "".join(digit + gap for digit, gap in zip(number, [*gaps, ""], strict=True))
    assert "".join(mask(broken).split()) == f"440{'*' * 11}{number[-4:]}"


@given(st.text(alphabet="0123456789X-+ \n:：._/Ol。年月日号电话手机身份证卡粤AB元￥", max_size=80))
def test_masking_keeps_the_length_touches_only_its_spans_and_does_no_more_the_second_time(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    hidden = [False] * len(text)
    for start, end in spans(text):
        hidden[start:end] = [True] * (end - start)
    assert all(one == other or inside for one, other, inside in zip(text, masked, hidden, strict=True))
    assert all(
        not inside or masked[at] == "*" or not masked[at].isalnum() for at, inside in enumerate(hidden)
    )


@given(st.text(max_size=200))
def test_any_text_can_be_masked(text: str) -> None:
    assert len(mask(text)) == len(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("①③⑨①②③④⑤⑥⑦⑧", "①③⑨****⑤⑥⑦⑧"),
        ("¹³⁹¹²³⁴⁵⁶⁷⁸", "¹³⁹****⁵⁶⁷⁸"),
        ("𝟏𝟑𝟗𝟏𝟐𝟑𝟒𝟓𝟔𝟕𝟖", "𝟏𝟑𝟗****𝟓𝟔𝟕𝟖"),
        ("⒈⒊⒐⒈⒉⒊⒋⒌⒍⒎⒏", "⒈⒊⒐****⒌⒍⒎⒏"),
        ("⑬912345678", "⑬9****5678"),
        ("电话：①③⑨-①②③④-⑤⑥⑦⑧", "电话：①③⑨-****-⑤⑥⑦⑧"),
        ("卡号⑥②②②⓪②①②③④⑤⑥⑦⑧⑨⓪", "卡号************⑦⑧⑨⓪"),
        ("𝟏𝟏𝟎𝟏𝟎𝟓𝟏𝟗𝟗𝟎𝟎𝟑𝟎𝟕𝟎𝟎𝟏𝐗", "𝟏𝟏𝟎***********𝟎𝟎𝟏𝐗"),
        ("1\u00ad3\u00ad9\u00ad12345678", "1\u00ad3\u00ad9\u00ad****5678"),
        ("139\u200b\u200b\u200b\u200b\u200b12345678", "139\u200b\u200b\u200b\u200b\u200b****5678"),
        # The same signs beside a number are no part of it.
        ("①13912345678②", "①139****5678②"),
        ("13912345678¹", "139****5678¹"),
        ("120㎡13912345678", "120㎡139****5678"),
        ("1234\u200b13912345678", "1234\u200b139****5678"),
    ],
)
def test_digits_count_however_they_are_drawn(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("（139）12345678", "（139）****5678"),
        ("(139)1234-5678", "(139)****-5678"),
        ("(139)-1234-5678", "(139)-****-5678"),
        ("【139】1234 5678", "【139】**** 5678"),
        ("3-1201(139)12345678(020)87654321", "3-1201(139)****5678(020)******21"),
        ("139 | 1234 | 5678", "139 | **** | 5678"),
        ("电话 139 ｜ 1234 ｜ 5678", "电话 139 ｜ **** ｜ 5678"),
        ("110101（19900307）231X", "110***（********）231X"),
        ("手机:l39l234S678", "手机:l39****S678"),
        ("Tel l39l234S678", "Tel l39****S678"),
    ],
)
def test_brackets_bars_and_misread_letters_hide_no_number(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "收据编号：(138)0000-1234",
        "编号（139）12345678",
        "№〔138〕12345678",
        "物业通〔2026〕138号",
        "1523 | 1548 | 25 | 138",
        "138 | 15 | 2500 | 12",
        "粤(2019)广州市不动产权第00123456号 ①②③",
        "单号：l39l234S678",
        "①②③④⑤⑥⑦⑧⑨⑩⑪⑫",
    ],
)
def test_numbers_of_papers_in_brackets_stay(text: str) -> None:
    assert mask(text) == text
    assert spans(text) == ()


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("138——0013——8000", "138——****——8000"),
        ("138--0013--8000", "138--****--8000"),
        ("手机 138 —— 0013 —— 8000", "手机 138 —— **** —— 8000"),
        ("110101——19900307——2316", "110***——********——2316"),
        ("身份证：110101--900307--231", "身份证：110***--*****7--231"),
        ("020--8765--4321", "020--****--**21"),
        ("电话 020——87654321", "电话 020——******21"),
        ("卡号：6222——0212——3456——7890", "卡号：****——****——****——7890"),
        ("卡号：6222.0212.3456.7890.123", "卡号：****.****.****.***0.123"),
        ("卡号：6222/0212/3456/7890", "卡号：****/****/****/7890"),
        ("账户 6222·0212·3456·7890", "账户 ****·****·****·7890"),
        ("卡号：6222|0212|3456|7890", "卡号：****|****|****|7890"),
        ("卡号：622202.1234567890", "卡号：******.******7890"),
        ("卡号：6222021234567890、6222021234567891", "卡号：************7890、************7891"),
        ("卡号：6222021234567890.5", "卡号：************7890.5"),
        ("138 0013 8000%", "138 **** 8000%"),
        ("138-0013-8000.5", "138-****-8000.5"),
        ("138.0013.8000.5", "138.****.8000.5"),
        ("电话：138 0013 8000.50", "电话：138 **** 8000.50"),
        ("020-87654321.5", "020-******21.5"),
        ("身份证：110101900307231.5", "身份证：110********7231.5"),
        ("110101.19900307.2316.5", "110***.********.2316.5"),
        ("138 0013 8000,139 0013 9000", "138 **** 8000,139 **** 9000"),
    ],
)
def test_doubled_dashes_marks_in_cards_and_what_trails_hide_no_number(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("电话：13800138000、13900139000", "电话：138****8000、139****9000"),
        ("电话 13800138000～13800138009", "电话 138****8000～138****8009"),
        ("电话：138、0013、8000", "电话：138、****、8000"),
        ("手机：138～0013～8000", "手机：138～****～8000"),
        ("电话：138.0013.8000/139.0013.9000", "电话：138.****.8000/139.****.9000"),
        ("电话：87654321、87654322、87654323", "电话：******21、******22、******23"),
        ("电话：020-87654321、87654322转8", "电话：020-******21、******22转8"),
        ("电话：8765 4321 / 8765 4322", "电话：**** **21 / **** **22"),
        ("电话：87654321～87654329", "电话：******21～******29"),
        ("Tel: 13800138000, 87654321", "Tel: 138****8000, ******21"),
        ("手机：l38OO138000、l39OO139000", "手机：l38****8000、l39****9000"),
        (
            "身份证：110101900307231、110101900307232、110101900307233",
            "身份证：110********7231、110********7232、110********7233",
        ),
        ("电话：1380013800013900139000", "电话：138***************9000"),
        ("手机 138001380001390013900013700137000", "手机 138**************************7000"),
        ("电话：1380013800087654321", "电话：138************4321"),
        ("身份证：110101199003072316110101199003072324", f"身份证：110{'*' * 29}2324"),
    ],
)
def test_lists_and_numbers_run_together_behind_a_label_are_hidden(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "账户 2026.03.08 2026.03.09",
        "账户：192.168.100.251",
        "账户余额 1234567.50、2345678.50",
        "卡号见背面 2026-03-08",
        "身份证有效期 20060308-20260308",
        "身份证有效期 2006-03-08——2026-03-08",
        "读数 138 1523 1548",
        "1号表 138 1523 1548.50",
        "1,138 1523 1548",
        "138--15--2500",
        "编号：138——0000——1234",
        "图号 138.0000.1234",
        "档号 WY01-ZX·01--2026--0045",
        "合同编号：1380013800013900139000",
        "发票号码：1380013800013900139000",
        "138、1523、1548",
        "138～1523～1548",
        "电话费：1380.00、1500.00、1300.00",
        "电话：400-123-4567、2026-03-08",
        "3、110101、19900307、2316",
        "面积 138.00～1380.00㎡",
        "第 138/1523/1548 页",
        "GB/T 2260-2007、DA/T 31-2017",
        "水表020 87654321.50",
        "1/138/2026、2/139/2026",
    ],
)
def test_numbers_in_lists_and_between_marks_that_are_nobodys_stay(text: str) -> None:
    assert mask(text) == text
    assert spans(text) == ()


@pytest.mark.parametrize("day", ["20260308", "2026-03-08", "2026.03.08"])
def test_a_day_in_a_list_behind_a_telephone_stays(day: str) -> None:
    assert mask(f"电话：87654321、{day}") == f"电话：******21、{day}"


@contextmanager
def at_most_cpu(seconds: float) -> Iterator[None]:
    """Fails as soon as this process has computed for so long, however long the machine let it wait."""

    def too_long(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"still masking after {seconds} seconds of CPU")

    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


# Linear time needs a tenth of a second here and a few seconds for a million characters; quadratic time would
# need hours for those, exponential time has no end.
@pytest.mark.parametrize("gap", ["   ", " ", "-", " - ", "\u3000-", ".", "|", ") (", "，", "、 ", "\u200b"])
@pytest.mark.parametrize("digits", ["1", "13", "01", "l", "１", "①", "⑬", "一", "13912"])
def test_a_run_of_digits_that_breaks_off_takes_no_long_time(digits: str, gap: str) -> None:
    with at_most_cpu(60):
        for length in range(1, 18):
            mask("联系 " + gap.join((digits * 17)[:length]) + " 完")
        endless = (digits + gap) * (20_000 // len(digits + gap))
        assert len(mask(endless)) == len(endless)
        spans(endless)


@pytest.mark.parametrize("unit", ["1   ", "1-"])
def test_a_million_characters_are_masked_in_reasonable_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    with at_most_cpu(300):
        assert len(mask(text)) == len(text)


@settings(max_examples=40, deadline=None)
@given(
    unit=st.lists(
        st.sampled_from(
            [
                *"0189lOX|１①⑩.-_/·()（，：一三",
                " ",
                "   ",
                "\n",
                "\u3000",
                "\u200b",
                "\xad",
                "139",
                "110101",
                "19900307",
                "电话",
                "手机：",
                "身份证",
                "卡号",
                "编号",
                "Tel",
                "(020)",
                "粤A",
                "车粤 A",
                "户名",
                "+86",
                "+86571",
                "\u034f",
            ]
        ),
        min_size=1,
        max_size=40,
    ).map("".join),
    length=st.integers(1, 20_000),
)
def test_no_text_takes_a_long_time(unit: str, length: int) -> None:
    text = (unit * length)[:length]
    with at_most_cpu(60):
        assert len(mask(text)) == len(text)
        spans(text)


@pytest.mark.parametrize(
    ("text", "masked"),
    [
        ("手机 013812345678", "手机 0138****5678"),
        ("013812345678", "0138****5678"),
        ("手机：0138-1234-5678", "手机：0138-****-5678"),
        ("手机：0138 1234 5678、87654321", "手机：0138 **** 5678、******21"),
        ("电话：+86-571-88123456", "电话：+86-571-******56"),
        ("+86 10 6234 5678", "+86 10 **** **78"),
        ("+86(0571)88123456", "+86(0571)******56"),
        ("Tel: (86)571-88123456", "Tel: (86)571-******56"),
        ("电话：0086-571-88123456、88123457", "电话：0086-571-******56、******57"),
        ("电话［0571］88123456", "电话［0571］******56"),
        ("车牌：京 A12345", "车牌：京 A***45"),
        ("业主车辆 粤 B·D12345", "业主车辆 粤 B·****45"),
        ("手机：138，1234，5678", "手机：138，****，5678"),
        ("手机：138:1234:5678", "手机：138:****:5678"),
        ("手机：138：1234：5678", "手机：138：****：5678"),
        ("身份证 110101，19900307，1234", "身份证 110***，********，1234"),
        ("身份证：110101:900307:231", "身份证：110***:*****7:231"),
        ("卡号：6222，0212，3456，7890", "卡号：****，****，****，7890"),
        ("工资卡 6222021234567890123", "工资卡 ***************0123"),
        ("存折 622202123456", "存折 ********3456"),
        ("户名张三 6222021234567890123", "户名张三 ***************0123"),
        ("收款人张三 6222 0212 3456 7890 123", "收款人张三 **** **** **** ***0 123"),
        ("1381234567813912345678", "138***************5678"),
        ("110101199003072316110101199003072324", f"110{'*' * 29}2324"),
        ("11010119900307231X110101199003072324", f"110{'*' * 29}2324"),
        ("手机：一三八一二三四五六七八", "手机：一三八****五六七八"),
        ("联系电话 壹叁捌 零零壹叁 捌零零零", "联系电话 壹叁捌 **** 捌零零零"),
    ],
)
def test_unusual_spellings_hide_no_number(text: str, masked: str) -> None:
    assert mask(text) == masked


@pytest.mark.parametrize(
    "text",
    [
        "收据编号 013812345678",
        "表号：013812345678",
        "0138 1523 1548",
        "1号表 0138 1523 1548.50",
        "电话 见背面，读数 0138 1523 1548",
        "86 571 2345678",
        "0086 571 2345678",
        "编号：+86-571-88123456",
        "物业通［2026］88123456",
        "图纸更新 A12345",
        "版本更新 A12345",
        "电话费：138，1523，1548",
        "电话费：1,380,000元、138,000元",
        "电话：1380000，1500",
        "138，1234，5678",
        "110101，19900307，1234",
        "身份证复印件 1，2，3，4，5，6，7，8，9，1，2，3，4，5，6",
        "身份证复印件 120，130，140，150，160，170",
        "账户余额 1200，1300，1500，1600",
        "账户余额 1234567～2345678",
        "车库图纸更新 A12345",
        "收款人张三 3012 4523 4567 5678",
        "系数 0.013812345678",
        "收款人张三 0.3812345678123456",
        "户名某公司 统一社会信用代码 914401011906543210",
        "收款人张三 收据编号 6026030800120001",
        "收款人张三 2026-03-08 1260.00元",
        "收款人张三 20260308120000123",
        "合同编号：1381234567813912345678",
        "一三八一二三四五六七八",
        "电话会议于二〇二六年三月八日召开",
        "联系人共一十三户",
    ],
)
def test_what_looks_like_an_unusual_spelling_stays(text: str) -> None:
    assert mask(text) == text
    assert spans(text) == ()


UNSEEN = st.sampled_from(
    "\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b\u180e\u200b\u200d\u202e\u2060\u2065\u2800\u3164\ufe00\ufe0f"
    "\ufeff\uffa0\ufff0\U0001d173\U000e0001\U000e0100\U000e0800\u0301\u0308\u20dd\u20e3\u3099"
) | st.characters(categories=["Mn", "Me", "Cf"])


@given(
    strewn=st.lists(st.text(alphabet=UNSEEN, max_size=3), min_size=11, max_size=11),
    digits=st.integers(0, 10**9 - 1),
)
def test_what_nobody_sees_between_the_digits_hides_no_number_from_masking(
    strewn: list[str], digits: int
) -> None:
    number = f"13{digits:09}"
    found = normalise(mask("业主" + "".join(map("".join, zip(number, strewn, strict=True))) + "。"))
    # What the index still tells apart it may not tell apart tomorrow.
    assert "".join(char for char in found if char.isdecimal()) == number[:3] + number[7:]
