"""Which runs of a plain text are personal numbers, in whatever groups, between whatever marks they are written.

A plain text has every character as its plain twin (``kernel.masking`` reads it so): digits are ASCII, line ends
``\\n``, all dashes ``-``. Source: domain/metadata.md §7.
"""

import re
from collections.abc import Iterator
from typing import Final

from archive_service.kernel.masking_cards import CARD_LABEL, bank_cards, labelled_card
from archive_service.kernel.masking_writing import (
    BARS,
    BLANK,
    CREDIT_CODE_LABEL,
    DIGITLIKE,
    GAP,
    LISTED,
    LOOKALIKE,
    MARKED,
    NEAR,
    SEPARATORS,
    TO_DIGITS,
    Number,
    goes_on_before,
    groups_of,
    is_labelled,
    is_plain_letter,
    listed_behind,
    of_a_paper,
    pieces_of,
    touches,
    true_digits,
)

_TO_DASHES: Final = str.maketrans(dict.fromkeys(BARS, "-"))
_DASH_TO_COME: Final = re.compile(rf"-(?={BLANK}{{0,3}}+-)")
_BAR_BEHIND_DIGITS: Final = re.compile(rf"[0-9OoIl]{BLANK}{{0,3}}+[|()\[\]]")

# Eleven digits' beginnings may be area, district and birthday: nothing else is looked at any further.
_PROVINCE: Final = (
    # The first two digits of every area code that GB/T 2260 gives out, and 91 for residents from abroad.
    rf"(?:(?<=[1Il|]){MARKED}[1-5Il|]|(?<=2){MARKED}[1-3Il|]|(?<=3){MARKED}[1-7Il|]|(?<=4){MARKED}[1-6Il|]"
    rf"|(?<=5){MARKED}[0-4OoIl|]|(?<=6){MARKED}[1-5Il|]|(?<=[79]){MARKED}[1Il|]|(?<=8){MARKED}[1-3Il|])"
)
_CENTURY: Final = rf"(?:[1Il|]{MARKED}9|2{MARKED}[0Oo])"
_ID_WHOLE: Final = re.compile(r"\d(?<!\d\d)\d{16}[\dXx](?![\dXx])")
_ID: Final = re.compile(
    rf"[1-9Il|](?<!\d[1-9Il|])"
    rf"(?=({_PROVINCE}(?:{MARKED}{LOOKALIKE}){{4}}{MARKED}{_CENTURY}(?:{MARKED}{LOOKALIKE}){{9}}"
    rf"{MARKED}[0-9OoIl|Xx])(?![\dXx]))"
)
_ID_LABELLED: Final = tuple(
    re.compile(rf"(?<![0-9A-Za-z]){number}(?![\dXx])")
    for number in (
        r"(?:(?:\d{17}[\dXx]){2,8}+|(?:\d{15}){2,8}+)",  # one straight behind the other
        rf"{DIGITLIKE}(?:{GAP}{DIGITLIKE}){{13,16}}(?:{GAP}[\dXxOoDQIl|SBZ])?",
        rf"{DIGITLIKE}(?:{MARKED}{DIGITLIKE}){{13,16}}(?:{MARKED}[\dXxOoDQIl|SBZ])?",
        rf"{DIGITLIKE}(?:{LISTED}{DIGITLIKE}){{13,16}}(?:{LISTED}[\dXxOoDQIl|SBZ])?",
    )
)
_IDS_IN_ONE: Final = re.compile(r"\d(?<!\d\d)\d{16}[\dXx](?:\d{17}[\dXx]){1,8}+(?![\dXx])")
# How an ID number is cut where something other than blanks is put in: area, birthday, order and their parts.
_ID_GROUPS: Final = frozenset(
    {
        (6, 8, 4),
        (6, 4, 4, 4),
        (6, 4, 2, 2, 4),
        (6, 12),
        (14, 4),
        (17, 1),
        (6, 8, 3, 1),
        (6, 6, 6),
        (3, 3, 8, 4),
    }
    | {(2, 2, 2, 8, 4), (2, 2, 2, 4, 2, 2, 4), (4, 4, 4, 4, 2), (3, 3, 4, 4, 4), (3,) * 6, (1,) * 18}
    | {(6, 6, 3), (6, 9), (12, 3), (1,) * 15}
)
_ID_LABEL: Final = re.compile(r"身\s?份\s?证|证件号|证件编?号码|身份号|公民身份|I(?<!\wI)D\b")
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")

# A nought before it was dialled for long distance.
_MOBILE_WHOLE: Final = re.compile(r"1(?:(?<!\d1)|(?<=01)(?<!\d01)(?=[3-9]))\d{10}(?!\d)")
_MOBILES_IN_ONE: Final = re.compile(r"1(?<!\d1)[3-9]\d{9}(?:1[3-9]\d{9}){1,8}+(?!\d)")
_MOBILE_ABROAD: Final = re.compile(
    rf"86(?:(?<=\+86)|(?<!\d86)|(?<=0086)(?<!\d0086)){GAP}(1(?:{GAP}\d){{10}})(?!\d)"
)
# No network hands out 10x, 11x, 12x.
_MOBILE: Final = re.compile(
    rf"[1Il|](?<![1-9][1Il|])(?<!\d0[1Il|])(?=({MARKED}[3-9](?:{MARKED}{LOOKALIKE}){{9}})(?!\d))"
)
_MOBILE_LABELLED: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<!\d[.,_/-])(?:0-?)?([1Il|]{LISTED}[3-9](?:{LISTED}{DIGITLIKE}){{9}})(?![0-9A-Za-z])"
)
_NUMERAL: Final = "[〇零一二三四五六七八九幺壹贰叁肆伍陆柒捌玖]"
_MOBILE_IN_WORDS: Final = re.compile(
    rf"[一幺壹](?<!{_NUMERAL}.)(?:{GAP}[三四五六七八九叁肆伍陆柒捌玖])(?:{GAP}{_NUMERAL}){{9}}(?!{_NUMERAL})"
)
_MONEY: Final = re.compile("费|额|款|元")
_MOBILE_GROUPS: Final = frozenset({(3, 4, 4), (3, 3, 5), (3, 8), (7, 4)})
_SPOKEN_GROUPS: Final = frozenset({(3, 4, 4), (3, 3, 5)})
_PHONE_LABEL: Final = re.compile(
    r"电\s?话|手\s?机|联系方式|联系人|传真|座机|固话|"
    + "|".join(
        form for word in ("tel", "mobile", "phone", "fax") for form in (word, word.capitalize(), word.upper())
    )
)

# 010 and 02x have eight local digits, other areas seven or eight; no local number begins with 0, 1 or 9.
_AREA_AND_LOCAL: Final = (
    rf"(?:(?:10|2\d)[)\]]?{MARKED}([2-8]\d{{3}}{GAP}\d{{4}})"
    rf"|[3-9]\d\d[)\]]?{MARKED}([2-8]\d{{2,3}}{GAP}\d{{4}}))(?!\d)"
)
_LANDLINE: Final = re.compile(
    r"0(?<![0-9A-Za-z]0)(?<![0-9A-Za-z]-0)"
    rf"{_AREA_AND_LOCAL}"
)
# From abroad the area code has no nought.
_FROM_ABROAD: Final = rf"86[)\]]?{GAP}[(\[]?0?{_AREA_AND_LOCAL}"
_LANDLINE_ABROAD: Final = re.compile(rf"\+{_FROM_ABROAD}")
_LANDLINE_ABROAD_LABELLED: Final = re.compile(rf"(?<![0-9A-Za-z])(?:00)?{_FROM_ABROAD}")
_LOCAL: Final = re.compile(rf"[2-8]\d{{2,3}}{GAP}\d{{4}}(?!\d|{BLANK}{{0,3}}[%元号])")
_STRAIGHT_BEHIND: Final = re.compile(
    r"(?:电\s?话|传真|座机|固话|tel|Tel|TEL|fax|Fax|FAX)[号码]{0,2}[\s:.]{0,4}$"
)
# One number straight behind the other.
_WHOLE_PHONE: Final = r"(?:0?1[3-9]\d{9}|0(?:10|2\d)[2-8]\d{7}|0[3-9]\d\d[2-8]\d{6,7})"
_PHONES_IN_ONE: Final = re.compile(
    rf"(?<!\d){_WHOLE_PHONE}(?:{_WHOLE_PHONE}|[2-8]\d{{6,7}}(?!\d)){{1,8}}+(?!\d)"
)

_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼]([ \n]?)[A-HJ-Za-hj-z][·.\- ]?"
    r"((?=[A-Za-z]{0,5}\d)(?:[A-HJ-NP-Za-hj-np-z0-9]{5,6}|[A-HJ-NP-Za-hj-np-z0-9]{4}[挂学警港澳]))(?![0-9A-Za-z])"
)
# "云 A10001" may be anything, unless cars are spoken of.
_PLATE_LABEL: Final = re.compile("车[牌号辆主]|停车|号牌|牌照")

_SOME_DIGIT: Final = re.compile("[0-9]")
_DECIMALS: Final = re.compile(r"[.,]\d|%")
_ONE_DECIMAL: Final = re.compile(r"[.,_/-]\d(?![\d.])|%")
_MARK_AND_DIGIT: Final = re.compile(r"[.,_/-]\d|%")


def hidden_digits(plain: str) -> Iterator[int]:
    """Positions of the characters to hide, a number's gaps left out; in no order, some perhaps more than once."""
    for found in _MOBILE_IN_WORDS.finditer(plain):
        if is_labelled(plain, found.start(), _PHONE_LABEL):
            yield from _inner(plain, Number(*found.span(), head=3, tail=4))
    if _SOME_DIGIT.search(plain) is None:
        return
    for number in _numbers(plain):
        yield from _inner(plain, number)
    if _BAR_BEHIND_DIGITS.search(plain) is not None:
        # Of several marks in one gap the last is enough.
        dashed = _DASH_TO_COME.sub(" ", plain.translate(_TO_DASHES))
        for number in _between_bars(plain, dashed):
            yield from _inner(dashed, number)


def _numbers(plain: str) -> Iterator[Number]:
    yield from _id_cards(plain)
    yield from listed_behind(plain, _ID_LABEL, _labelled_id)
    yield from bank_cards(plain)
    yield from _mobiles(plain)
    yield from listed_behind(plain, _PHONE_LABEL, _labelled_phone)
    yield from _landlines(plain)
    for found in _PLATE.finditer(plain):
        if not found[1] or is_labelled(plain, found.start(), _PLATE_LABEL):
            yield Number(*found.span(2), head=0, tail=2)


def _inner(plain: str, number: Number) -> list[int]:
    places = [at for at in range(number.start, number.end) if plain[at].isalnum() or plain[at] == "|"]
    return places[number.head : len(places) - number.tail]


def _id_cards(plain: str) -> Iterator[Number]:
    for found in _ID_WHOLE.finditer(plain):
        if not (
            found[0].startswith("9")
            and not _DATE.match(found[0], 6)
            and is_labelled(plain, found.start(), CREDIT_CODE_LABEL)
        ):
            yield _id(found)
    for found in _IDS_IN_ONE.finditer(plain):
        if all(_DATE.match(found[0], at) for at in range(6, len(found[0]), 18)):
            yield _id(found)
    for found in _ID.finditer(plain):
        if _reads_as_id(plain, found.start(), found.end(1)):
            yield _id(found)


def _id(found: re.Match[str]) -> Number:
    return Number(found.start(), found.end(found.re.groups), head=3, tail=4)


def _reads_as_id(plain: str, start: int, end: int, opening: int | None = None) -> bool:
    """Whether eighteen digits, with gaps inside or letters among them, are one ID number without a label.

    ``opening``: where the bracket opens in which they stand, if another place than ``start``.
    """
    number = plain[start:end]
    # Only what can be an ID card counts, or rows of small numbers would be swallowed.
    if not _DATE.match(number.translate(TO_DIGITS), 6) or (true := true_digits(number)) < 12:
        return False
    groups, marks = groups_of(number)
    if not marks and true >= 17:
        return True
    if marks and (len(marks) > 1 or groups not in _ID_GROUPS):
        return False
    if touches(plain, start, end) or goes_on_before(plain, start, "-._/·", is_plain_letter):
        return False
    if _MARK_AND_DIGIT.match(plain, end) and not _ONE_DECIMAL.match(plain, end):
        return False
    # A paper's number may be made of district, day and order as well; then it stands behind its label.
    return not marks or not of_a_paper(plain, start if opening is None else opening)


def _labelled_id(plain: str, start: int, _listed: bool) -> Number | None:
    found = next((found for pattern in _ID_LABELLED if (found := pattern.match(plain, start))), None)
    if found is None or true_digits(found[0]) < 9:
        return None
    groups, marks = groups_of(found[0])
    # Dates stand behind that label too: from when to when the card is good.
    if len(marks) > 1 or (marks not in ("", "-") and groups not in _ID_GROUPS):
        return None
    # Small numbers in a list would make a group each.
    if marks and marks in SEPARATORS and groups[0] < 6:
        return None
    if groups in ((8, 8), (4, 2, 2, 4, 2, 2)):
        digits = found[0].translate(TO_DIGITS)
        if _DATE.match(digits) and _DATE.match(digits, 8):
            return None
    return Number(start, found.end(), head=3, tail=4)


def _mobiles(plain: str) -> Iterator[Number]:
    for found in _MOBILE_WHOLE.finditer(plain):
        # No network hands out 10x, 11x, 12x: such a number behind a paper's label is the paper's, and so is one
        # that begins with nought. A fraction's digits are nobody's.
        nought = plain[found.start() - 1 : found.start()] == "0"
        if nought and goes_on_before(plain, found.start() - 1, ".,"):
            continue
        if (found[0][1] in "3456789" and not nought) or not of_a_paper(plain, found.start() - nought):
            yield Number(*found.span(), head=3, tail=4)
    for found in _MOBILES_IN_ONE.finditer(plain):
        if not of_a_paper(plain, found.start()):
            yield Number(*found.span(), head=3, tail=4)
    for found in _MOBILE_ABROAD.finditer(plain):
        yield Number(*found.span(1), head=3, tail=4)
    for found in _MOBILE.finditer(plain):
        if _reads_as_mobile(plain, found.start(), found.end(1)):
            yield Number(found.start(), found.end(1), head=3, tail=4)


def _reads_as_mobile(plain: str, start: int, end: int) -> bool:
    """Whether eleven digits with gaps, or with letters among them, are one telephone and not neighbouring numbers."""
    number = plain[start:end]
    if len(number) == 11 and number.isdigit():
        return False  # told by the plainest pattern
    if (true := true_digits(number)) < 7:
        return False
    pieces = pieces_of(number)
    groups, marks = groups_of(number)
    if len(marks) > 1:
        return False
    if plain[start - 1 : start] == "0":
        start -= 1
        # Meters show noughts before their numbers.
        if of_a_paper(plain, start) or not is_labelled(plain, start, _PHONE_LABEL):
            return False
    plainly = true == 11 and marks in ("", "-")
    if goes_on_before(plain, start, ".," if plainly else ".,_/-"):
        return False
    if not plainly and touches(plain, start, end):
        return False
    labelled = is_labelled(plain, start, _PHONE_LABEL)
    if not labelled and of_a_paper(plain, start):
        return False
    if not _ends_well(plain, end, pieces, labelled=labelled, plainly=plainly, dashed=bool(marks)):
        return False
    if labelled:
        return plainly or len(groups) == 1 or groups in _MOBILE_GROUPS or set(groups) == {1}
    if not plainly and marks:
        return groups in _SPOKEN_GROUPS
    if pieces in _MOBILE_GROUPS or pieces == (11,) or (plainly and max(pieces) == 1):
        return True
    # One blank or line break may have been read anywhere; one dash would be a document's number.
    return plainly and len(pieces) <= 2 and not marks


def _ends_well(
    plain: str, end: int, pieces: tuple[int, ...], *, labelled: bool, plainly: bool, dashed: bool
) -> bool:
    """Whether what follows doesn't make the last digits an amount, a share or a part of something longer."""
    if not (_DECIMALS if plainly else _MARK_AND_DIGIT).match(plain, end):
        return True
    if labelled or (plain[end] in ",/" and pieces[-1] > 3):
        return pieces in _MOBILE_GROUPS or pieces == (11,)
    return pieces in _SPOKEN_GROUPS and ((plainly and dashed) or _ONE_DECIMAL.match(plain, end) is not None)


def _labelled_phone(plain: str, start: int, listed: bool) -> Number | None:
    """Several numbers in one, a mobile any digit of which may be misread, or a number of the place."""
    if found := _PHONES_IN_ONE.match(plain, start):
        return Number(*found.span(), head=3, tail=4)
    if (found := _MOBILE_LABELLED.match(plain, start)) and _reads_as_labelled_mobile(plain, found):
        return Number(*found.span(1), head=3, tail=4)
    if found := _LANDLINE_ABROAD_LABELLED.match(plain, start):
        return _landline(found)
    if (found := _LANDLINE.match(plain, start)) and (listed or not of_a_paper(plain, start)):
        return _landline(found)
    # Of a list's numbers a day may be one; straight behind the label stands none.
    if (found := _LOCAL.match(plain, start)) and (
        not _DATE.fullmatch(found[0])
        if listed
        else _STRAIGHT_BEHIND.search(plain[max(0, start - NEAR) : start])
    ):
        return Number(*found.span(), head=0, tail=2)
    return None


def _reads_as_labelled_mobile(plain: str, found: re.Match[str]) -> bool:
    number = found[1]
    if true_digits(number) < 6 or (found[0].startswith("0") and of_a_paper(plain, found.start())):
        return False
    groups, marks = groups_of(number)
    if not _ends_well(plain, found.end(), pieces_of(number), labelled=True, plainly=False, dashed=False):
        return False
    if marks in (",", ":"):
        return groups in _SPOKEN_GROUPS and not is_labelled(plain, found.start(), _MONEY)
    return not marks or (len(marks) == 1 and groups in _MOBILE_GROUPS)


def _between_bars(plain: str, dashed: str) -> Iterator[Number]:
    """Numbers whose groups stand in brackets or between bars; ``dashed`` has dashes there."""
    for found in _MOBILE.finditer(dashed):
        start, end = found.start(), found.end(1)
        if (
            _has_bar(plain, start, end)
            and groups_of(dashed[start:end])[0] in _MOBILE_GROUPS
            and true_digits(dashed[start:end]) >= 7
            and (is_labelled(plain, start, _PHONE_LABEL) or not of_a_paper(plain, _opening(plain, start)))
        ):
            yield Number(start, end, head=3, tail=4)
    for found in _ID.finditer(dashed):
        start, end = found.start(), found.end(1)
        if _has_bar(plain, start, end) and _reads_as_id(dashed, start, end, opening=_opening(plain, start)):
            yield _id(found)
    yield from listed_behind(dashed, CARD_LABEL, labelled_card)


def _has_bar(plain: str, start: int, end: int) -> bool:
    return any(bar in plain[start:end] for bar in BARS)


def _opening(plain: str, start: int) -> int:
    """Where the bracket opens that a number stands in."""
    return start - 1 if start > 0 and plain[start - 1] in "([|" else start


def _landlines(plain: str) -> Iterator[Number]:
    for found in _LANDLINE_ABROAD.finditer(plain):
        if not of_a_paper(plain, found.start()):
            yield _landline(found)
    for found in _LANDLINE.finditer(plain):
        marked = any(mark in found[0] for mark in "._/·")
        if of_a_paper(plain, found.start()):
            continue
        if marked and (
            touches(plain, *found.span()) or goes_on_before(plain, found.start(), "._/", is_plain_letter)
        ):
            continue
        # A number and an amount beside each other, or the parts of something longer.
        if _MARK_AND_DIGIT.match(plain, found.end()) and not (
            (plain[found.end()] in ",/-" if not marked else plain[found.end()] == ",")
            or _ONE_DECIMAL.match(plain, found.end())
            or "-" in found[0]
            or is_labelled(plain, found.start(), _PHONE_LABEL)
        ):
            continue
        yield _landline(found)


def _landline(found: re.Match[str]) -> Number:
    return Number(*found.span(1 if found[1] else 2), head=0, tail=2)
