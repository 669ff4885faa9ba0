"""Personal numbers are hidden however recognition broke them up; numbers of papers are not."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from archive_service.kernel.masking import mask, spans


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
