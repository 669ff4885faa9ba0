"""Personal numbers in running text, hidden by default: ID cards, telephones, plates, bank cards.

The text may come from a scan, so blanks, line breaks and full-width digits may stand inside a number. The
masked text is always as long as the text itself, so that character positions stay true. Numbers of papers
(receipts, certificates, documents, archival numbers) are left alone. Source: domain/metadata.md §7.
"""

import re
from collections.abc import Iterator
from typing import Final

STAR: Final = "*"

# Full-width forms read as their plain twins, one character for one character.
_PLAIN: Final = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F)} | {
    **dict.fromkeys(map(ord, "‐‑‒–—―−"), ord("-")),
    **dict.fromkeys(map(ord, "•・．·"), ord("·")),
    **dict.fromkeys(map(ord, "×ХⅩ✕"), ord("X")),
}

_BLANK: Final = r"[ \t\u00a0\u2000-\u200d\u2060\u3000\ufeff\r\n]"
_GAP: Final = rf"{_BLANK}{{0,3}}"
_ANY_GAP: Final = rf"(?:{_BLANK}{{0,3}}-?{_BLANK}{{0,3}})"
# What people write between the groups of a number; `_MARKS` beside dashes only where the groups bear it out.
_MARKS: Final = "-._/·"
_MARKED_GAP: Final = rf"(?:{_GAP}[{_MARKS}]?{_GAP})"
# Letters that recognition takes for digits; the doubtful ones are believed to be digits only behind a label.
_DIGITLIKE: Final = "[0-9OoDQIl|SBZ]"
_LOOKALIKE: Final = "[0-9OoIl|]"
_TO_DIGITS: Final = str.maketrans("OoIl|", "00111")

_ID_WHOLE: Final = re.compile(r"(?<!\d)\d{17}[\dXx](?![\dXx])")
_ID_BROKEN: Final = re.compile(rf"(?<!\d)(?=(\d(?:{_GAP}\d){{16}}{_GAP}[\dXx])(?![\dXx]))")
_ID_MARKED: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<![0-9A-Za-z][{_MARKS}])"
    rf"(?=({_LOOKALIKE}(?:{_MARKED_GAP}{_LOOKALIKE}){{16}}{_MARKED_GAP}[0-9OoIl|Xx])(?![0-9A-Za-z]|[{_MARKS}]\d))"
)
_ID_LABELLED: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?=({_DIGITLIKE}(?:{_MARKED_GAP}{_DIGITLIKE}){{13,16}}(?:{_MARKED_GAP}[\dXxOoDQIl|SBZ])?)"
    rf"(?![\dXx]))"
)
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
_ID_LABEL: Final = re.compile(r"身\s?份\s?证|证件号|证件编?号码|身份号|公民身份|\bID\b")
_CREDIT_CODE_LABEL: Final = re.compile(r"信用代码|识别号|税号|组织机构代码")
_DATE: Final = re.compile(r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])")
# The first two digits of every area code that GB/T 2260 gives out, and 91 for residents from abroad.
_PROVINCE: Final = re.compile(r"1[1-5]|2[1-3]|3[1-7]|4[1-6]|5[0-4]|6[1-5]|71|8[1-3]|91")

_MOBILE_WHOLE: Final = re.compile(r"(?<!\d)1\d{10}(?!\d)")
_MOBILE_ABROAD: Final = re.compile(rf"(?<!\d)(?:\+|00)?86{_ANY_GAP}(1(?:{_ANY_GAP}\d){{10}})(?!\d)")
_MOBILE_BROKEN: Final = re.compile(rf"(?<!\d)(?<!\d[.,])(?=(1(?:{_ANY_GAP}\d){{10}})(?!\d|[.,]\d|%))")
_MOBILE_GROUPS: Final = frozenset({(3, 4, 4), (3, 3, 5), (3, 8), (7, 4)})
_MOBILE_MARKED: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<!\d[.,_/-])"
    rf"(?=([1Il|](?:{_MARKED_GAP}{_LOOKALIKE}){{10}})(?![0-9A-Za-z]|[.,_/-]\d|%))"
)
_PHONE_LABEL: Final = re.compile(r"电\s?话|手\s?机|联系方式|联系人|传真|座机|固话|(?i:tel|mobile|phone|fax)")

# 010 and 02x have eight local digits, other areas seven or eight; no local number begins with 0, 1 or 9.
_LANDLINE: Final = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9A-Za-z]-)\(?"
    rf"(?:0(?:10|2\d)\)?{_ANY_GAP}([2-8]\d{{3}}{_ANY_GAP}\d{{4}})|0[3-9]\d\d\)?{_ANY_GAP}([2-8]\d{{2,3}}{_ANY_GAP}\d{{4}}))"
    r"(?!\d|[.,]\d)"
)
_LANDLINE_MARKED: Final = re.compile(
    r"(?<![0-9A-Za-z])(?<![0-9A-Za-z][-._/])"
    r"(?:0(?:10|2\d)[._/·]([2-8]\d{7})|0[3-9]\d\d[._/·]([2-8]\d{6,7}))(?![0-9A-Za-z]|[-._/]\d)"
)
_LOCAL_LABELLED: Final = re.compile(
    rf"(?:电\s?话|传真|座机|固话|(?i:tel|fax))[号码]{{0,2}}[\s:.]{{0,4}}([2-8]\d{{2,3}}{_ANY_GAP}\d{{4}})(?!\d)"
)

_PLATE: Final = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-HJ-Za-hj-z][·.\- ]?"
    r"((?=[A-Za-z]{0,5}\d)(?:[A-HJ-NP-Za-hj-np-z0-9]{5,6}|[A-HJ-NP-Za-hj-np-z0-9]{4}[挂学警港澳]))(?![0-9A-Za-z])"
)

_CARD: Final = re.compile(rf"(?<!\d)(?=(\d(?:{_ANY_GAP}\d){{11,18}})(?!\d))")
_CARD_LABEL: Final = re.compile(r"银行卡|卡\s?号|[账帐]\s?号|[账帐]户|储蓄卡|信用卡|开户")

# A number directly behind one of these is a paper's or a meter's: blanks inside it make it no telephone.
_PAPER_LABEL: Final = re.compile(
    r"(?:收据|票据|发票|票号|编号|单号|文号|档号|证号|证书|权证|图号|合同|订单|流水|读数|表底|底数|表号|金额|合计"
    r"|字第|第|No|NO|№)[号码代编.]{0,2}[\s:#]{0,3}$"
)
_NEAR: Final = 20  # characters between a label and its number, blanks and colons included


def mask(text: str) -> str:
    """The text with personal numbers starred, exactly as long as it was.

    ID card ``110***********001X``, mobile ``138****0000``, landline area and last two digits, plate
    ``京A·***88``, bank card its last four digits. Blanks and line breaks inside a number stay.
    """
    hidden = _hidden(text)
    if not hidden:
        return text
    characters = list(text)
    for at in hidden:
        characters[at] = STAR
    return "".join(characters)


def spans(text: str) -> tuple[tuple[int, int], ...]:
    """``(start, end)`` of every run that ``mask`` hides, ascending and apart; gaps inside a number are in."""
    found: list[tuple[int, int]] = []
    for at in sorted(_hidden(text)):
        if found and (at == found[-1][1] or not _parts(text[found[-1][1] : at])):
            found[-1] = found[-1][0], at + 1
        else:
            found.append((at, at + 1))
    return tuple(found)


def _parts(between: str) -> bool:
    """Whether something other than a number's inner gap stands here."""
    return len(between) > 7 or not all(
        char.isspace() or char in "-‐‑‒–—―−－._/·•・．／＿\u200b\u200c\u200d\u2060\ufeff" for char in between
    )


def _hidden(text: str) -> set[int]:
    plain = text.translate(_PLAIN)
    if not any(char.isdigit() for char in plain):
        return set()
    hidden: set[int] = set()
    for start, end in _id_cards(plain):
        hidden.update(_inner(plain, start, end, head=3, tail=4))
    for start, end in _bank_cards(plain):
        hidden.update(_inner(plain, start, end, head=0, tail=4))
    for start, end in _mobiles(plain):
        hidden.update(_inner(plain, start, end, head=3, tail=4))
    for start, end in _landlines(plain):
        hidden.update(_inner(plain, start, end, head=0, tail=2))
    for found in _PLATE.finditer(plain):
        hidden.update(_inner(plain, *found.span(1), head=0, tail=2))
    return hidden


def _inner(plain: str, start: int, end: int, *, head: int, tail: int) -> list[int]:
    """Positions of a number's characters, gaps left out, without its first ``head`` and last ``tail``."""
    places = [at for at in range(start, end) if plain[at].isalnum() or plain[at] == "|"]
    return places[head : len(places) - tail]


def _labelled(plain: str, start: int, label: re.Pattern[str]) -> bool:
    return label.search(plain, max(0, start - _NEAR), start) is not None


def _of_a_paper(plain: str, start: int) -> bool:
    return _PAPER_LABEL.search(plain[max(0, start - _NEAR) : start]) is not None


def _digits(plain: str) -> str:
    """A number without its gaps, letters that stand for digits read as those."""
    return "".join(char for char in plain if char.isalnum() or char == "|").translate(_TO_DIGITS)


def _groups(number: str) -> tuple[tuple[int, ...], str]:
    """Lengths of a number's groups by the marks put in (blanks don't count), and which marks those are."""
    closed = "".join(number.split()).translate(dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff")))
    marks = "".join(sorted({char for char in closed if char in _MARKS}))
    return tuple(len(group) for group in re.split(rf"[{_MARKS}]", closed)), marks


def _id_cards(plain: str) -> Iterator[tuple[int, int]]:
    for found in _ID_WHOLE.finditer(plain):
        if not (
            found[0].startswith("9")
            and not _DATE.match(found[0], 6)
            and _labelled(plain, found.start(), _CREDIT_CODE_LABEL)
        ):
            yield found.span()
    for found in _ID_BROKEN.finditer(plain):
        digits = _digits(found[1])
        # Without a label only what can be an ID card counts, or rows of small numbers would be swallowed.
        if _PROVINCE.match(digits) and _DATE.match(digits, 6):
            yield found.span(1)
    for found in _ID_MARKED.finditer(plain):
        if _reads_as_id(plain, found.start(), found[1]):
            yield found.span(1)
    for found in _ID_LABELLED.finditer(plain):
        if not _labelled(plain, found.start(), _ID_LABEL) or sum(char.isdigit() for char in found[1]) < 9:
            continue
        groups, marks = _groups(found[1])
        # Dates stand behind that label too: from when to when the card is good.
        if marks in ("", "-") or (len(marks) == 1 and groups in _ID_GROUPS):
            yield found.span(1)


def _reads_as_id(plain: str, start: int, number: str) -> bool:
    """Whether eighteen digits, with marks inside or letters among them, are one ID number without a label."""
    digits = _digits(number)
    if not (_PROVINCE.match(digits) and _DATE.match(digits, 6)) or sum(map(str.isdigit, number)) < 12:
        return False
    groups, marks = _groups(number)
    if marks and (len(marks) > 1 or groups not in _ID_GROUPS):
        return False
    # A paper's number may be made of district, day and order as well; then it stands behind its label.
    return not marks or not _of_a_paper(plain, start)


def _bank_cards(plain: str) -> Iterator[tuple[int, int]]:
    for found in _CARD.finditer(plain):
        if _labelled(plain, found.start(), _CARD_LABEL):
            yield found.span(1)


def _mobiles(plain: str) -> Iterator[tuple[int, int]]:
    for found in _MOBILE_WHOLE.finditer(plain):
        # No network hands out 10x, 11x, 12x: such a number behind a paper's label is the paper's.
        if found[0][1] in "3456789" or not _of_a_paper(plain, found.start()):
            yield found.span()
    for found in _MOBILE_ABROAD.finditer(plain):
        yield found.span(1)
    for found in _MOBILE_BROKEN.finditer(plain):
        if _reads_as_mobile(plain, found.start(), found[1]):
            yield found.span(1)
    for found in _MOBILE_MARKED.finditer(plain):
        if _reads_as_marked_mobile(plain, found.start(), found[1]):
            yield found.span(1)


def _reads_as_marked_mobile(plain: str, start: int, number: str) -> bool:
    """Whether eleven digits with full stops or strokes inside, or with letters among them, are a mobile."""
    lettered = any(char in "OoIl|" for char in number)
    groups, marks = _groups(number)
    if _digits(number)[1] not in "3456789" or sum(map(str.isdigit, number)) < 7 or len(marks) > 1:
        return False
    if not lettered and marks in ("", "-"):
        return False  # told by the plainer patterns
    if _labelled(plain, start, _PHONE_LABEL):
        return len(groups) == 1 or groups in _MOBILE_GROUPS or set(groups) == {1}
    if _of_a_paper(plain, start):
        return False
    if not marks:
        pieces = tuple(len(piece) for piece in re.split(rf"{_BLANK}+", number))
        return pieces == (11,) or pieces in _MOBILE_GROUPS
    return groups in {(3, 4, 4), (3, 3, 5)}


def _reads_as_mobile(plain: str, start: int, number: str) -> bool:
    """Whether eleven digits with gaps are one telephone and not neighbouring numbers of a table."""
    if _labelled(plain, start, _PHONE_LABEL):
        return True
    if _of_a_paper(plain, start) or _digits(number)[1] in "012":
        return False
    groups = tuple(len(group) for group in re.findall(r"\d+", number))
    if groups in _MOBILE_GROUPS or max(groups) == 1:
        return True
    # One blank or line break may have been read anywhere; one dash would be a document's number.
    return len(groups) <= 2 and "-" not in number


def _landlines(plain: str) -> Iterator[tuple[int, int]]:
    for found in _LANDLINE.finditer(plain):
        if not _of_a_paper(plain, found.start()):
            yield found.span(1 if found[1] else 2)
    for found in _LANDLINE_MARKED.finditer(plain):
        if not _of_a_paper(plain, found.start()):
            yield found.span(1 if found[1] else 2)
    for found in _LOCAL_LABELLED.finditer(plain):
        yield found.span(1)
