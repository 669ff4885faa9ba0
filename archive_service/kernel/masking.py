"""Personal numbers in running text, hidden by default: ID cards, telephones, plates, bank cards.

The text may come from a scan, so blanks, line breaks and full-width digits may stand inside a number. The
masked text is always as long as the text itself, so that character positions stay true. Numbers of papers
(receipts, certificates, documents, archival numbers) are left alone. Source: domain/metadata.md §7.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from typing import Final

STAR: Final = "*"

_SAME: Final = (
    dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("•・．·", "·")
    | dict.fromkeys("×ХⅩ✕ⅹⓍⓧ", "X")
    | dict.fromkeys("【〔〖〘", "[")
    | dict.fromkeys("】〕〗〙", "]")
)
_LINE_ENDS: Final = "\t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"
_UNSEEN: Final = "\u200b"


class _Reading(dict[int, str]):
    """``str.translate`` table that reads each character as its plain twin; it learns those that it meets.

    Without ``joining`` every character stays one character: circled and raised digits are signs that stand
    beside a number, and what can't be seen is a gap. With it they are read as the search index reads them (NFKC):
    as digits of the number, and as nothing.
    """

    def __init__(self, *, joining: bool) -> None:
        super().__init__()
        self.joining = joining
        self.doubtful: set[str] = set()  # of those met, what the two ways tell differently

    def __missing__(self, code: int) -> str:
        char = chr(code)
        plain = _alone(char)
        if (joined := _joined(plain)) != plain:
            self.doubtful.add(char)
        self[code] = joined if self.joining else plain
        return self[code]


def _alone(char: str) -> str:
    if char in _SAME:
        return _SAME[char]
    if char.isspace():
        return "\n" if char in _LINE_ENDS else " "
    if unicodedata.category(char) in ("Cc", "Cf", "Cs") or char in _SELECTORS:
        return _UNSEEN
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) == 1 and plain.isascii() and ("！" <= char <= "～" or not plain.isalnum()):
        return plain
    return char


def _joined(plain: str) -> str:
    if plain == _UNSEEN:
        return ""
    if (digit := unicodedata.digit(plain, None)) is not None:
        return str(digit)
    normal = unicodedata.normalize("NFKC", plain)
    return normal if any(part.isascii() and part.isalnum() for part in normal) else plain


# They choose how the character before them looks, and put a key around it.
_SELECTORS: Final = frozenset("\ufe0e\ufe0f\u20e3")
_APART: Final = _Reading(joining=False)
_JOINED: Final = _Reading(joining=True)

# Every gap is read in one way only and given back as a whole or not at all: without that, a run of digits that
# breaks off would be tried again for each way of dividing the blanks, with a time exponential in its length.
# All patterns look at a bounded number of characters, so the time for a text is proportional to its length.
_BLANK: Final = rf"[ \n{_UNSEEN}]"
_GAP: Final = rf"{_BLANK}{{0,3}}+"
_ANY_GAP: Final = rf"(?>{_GAP}-{_GAP}|{_BLANK}{{0,6}}+)"
# What people write between the groups of a number; `_MARKS` beside dashes only where the groups bear it out.
_MARKS: Final = "-._/·"
_MARKED_GAP: Final = rf"(?>{_GAP}[{_MARKS}]{_GAP}|{_BLANK}{{0,6}}+)"
# Letters that recognition takes for digits; the doubtful ones are believed to be digits only behind a label.
_DIGITLIKE: Final = "[0-9OoDQIl|SBZ]"
_LOOKALIKE: Final = "[0-9OoIl|]"
_TO_DIGITS: Final = str.maketrans("OoDQIl|SBZ", "0000111582", f"{_MARKS} \n{_UNSEEN}")
_TRUE_DIGITS: Final = str.maketrans("", "", f"OoDQIl|SBZXx{_MARKS} \n{_UNSEEN}")
# Brackets and bars around or between the groups; a bar between digits may as well be a one.
_BARS: Final = "|()[]"
_TO_DASHES: Final = str.maketrans(dict.fromkeys(_BARS, "-"))
_BAR_BEHIND_DIGITS: Final = re.compile(rf"[0-9OoIl]{_GAP}[|()\[\]]")
_DASH_TO_COME: Final = re.compile(rf"-(?={_GAP}-)")

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
_MOBILE_BARRED: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<!\d[.,_/])(?=([1Il](?:{_MARKED_GAP}[0-9OoIl]){{10}})(?![0-9A-Za-z]|[.,_/]\d|%))"
)
_MOBILE_LABELLED: Final = re.compile(
    rf"(?<![0-9A-Za-z])(?<!\d[.,_/-])"
    rf"(?=([1Il|](?:{_MARKED_GAP}{_DIGITLIKE}){{10}})(?![0-9A-Za-z]|[.,_/-]\d|%))"
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
_SOME_DIGIT: Final = re.compile("[0-9]")
_WITHOUT_BLANKS: Final = str.maketrans("", "", f" \n{_UNSEEN}")
_EACH_MARK: Final = re.compile(f"[{_MARKS}]")
_BLANKS: Final = re.compile(f"{_BLANK}+")
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
        plain in f"{_MARKS}{_BARS} \n{_UNSEEN}" for plain in between.translate(_APART)
    )


def _hidden(text: str) -> set[int]:
    plain = text.translate(_APART)
    hidden = set(_hidden_in(plain))
    if not _APART.doubtful.isdisjoint(text):
        joined = text.translate(_JOINED)
        origin: Sequence[int] = range(len(text))
        if len(joined) != len(text) or not all(len(_JOINED[ord(char)]) == 1 for char in text):
            origin = [at for at, char in enumerate(text) for _ in _JOINED[ord(char)]]
        hidden.update(origin[at] for at in _hidden_in(joined))
    return hidden


def _hidden_in(plain: str) -> Iterator[int]:
    if _SOME_DIGIT.search(plain) is None:
        return
    for start, end in _id_cards(plain):
        yield from _inner(plain, start, end, head=3, tail=4)
    for start, end in _bank_cards(plain):
        yield from _inner(plain, start, end, head=0, tail=4)
    for start, end in _mobiles(plain):
        yield from _inner(plain, start, end, head=3, tail=4)
    for start, end in _landlines(plain):
        yield from _inner(plain, start, end, head=0, tail=2)
    for found in _PLATE.finditer(plain):
        yield from _inner(plain, *found.span(1), head=0, tail=2)
    if _BAR_BEHIND_DIGITS.search(plain) is not None:
        # Of several marks in one gap the last is enough.
        dashed = _DASH_TO_COME.sub(" ", plain.translate(_TO_DASHES))
        for start, end in _between_bars(plain, dashed):
            yield from _inner(dashed, start, end, head=3, tail=4)


def _inner(plain: str, start: int, end: int, *, head: int, tail: int) -> list[int]:
    """Positions of a number's characters, gaps left out, without its first ``head`` and last ``tail``."""
    places = [at for at in range(start, end) if plain[at].isalnum() or plain[at] == "|"]
    return places[head : len(places) - tail]


def _behind(plain: str, label: re.Pattern[str]) -> Iterator[int]:
    """Each place that a label stands before, as near as ``_labelled`` wants it; ascending."""
    done = at = 0
    while found := label.search(plain, at):
        last = min(found.start() + _NEAR, len(plain) - 1)
        yield from range(max(found.end(), done), last + 1)
        done = max(done, last + 1)
        at = found.start() + 1  # the next label may overlap with this one


def _labelled(plain: str, start: int, label: re.Pattern[str]) -> bool:
    return label.search(plain, max(0, start - _NEAR), start) is not None


def _of_a_paper(plain: str, start: int) -> bool:
    return _PAPER_LABEL.search(plain[max(0, start - _NEAR) : start]) is not None


def _digits(number: str) -> str:
    """A number without its gaps, letters that stand for digits read as those."""
    return number.translate(_TO_DIGITS)


def _true_digits(number: str) -> int:
    return len(number.translate(_TRUE_DIGITS))


def _groups(number: str) -> tuple[tuple[int, ...], str]:
    """Lengths of a number's groups by the marks put in (blanks don't count), and which marks those are."""
    closed = number.translate(_WITHOUT_BLANKS)
    marks = "".join(sorted({char for char in closed if char in _MARKS}))
    return tuple(len(group) for group in _EACH_MARK.split(closed)), marks


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
    for start in _behind(plain, _ID_LABEL):
        labelled = _ID_LABELLED.match(plain, start)
        if labelled is None or _true_digits(labelled[1]) < 9:
            continue
        groups, marks = _groups(labelled[1])
        # Dates stand behind that label too: from when to when the card is good.
        if marks in ("", "-") or (len(marks) == 1 and groups in _ID_GROUPS):
            yield labelled.span(1)


def _reads_as_id(plain: str, start: int, number: str) -> bool:
    """Whether eighteen digits, with marks inside or letters among them, are one ID number without a label."""
    digits = _digits(number)
    if not (_PROVINCE.match(digits) and _DATE.match(digits, 6)) or _true_digits(number) < 12:
        return False
    groups, marks = _groups(number)
    if marks and (len(marks) > 1 or groups not in _ID_GROUPS):
        return False
    # A paper's number may be made of district, day and order as well; then it stands behind its label.
    return not marks or not _of_a_paper(plain, start)


def _bank_cards(plain: str) -> Iterator[tuple[int, int]]:
    for start in _behind(plain, _CARD_LABEL):
        if found := _CARD.match(plain, start):
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
    for start in _behind(plain, _PHONE_LABEL):
        labelled = _MOBILE_LABELLED.match(plain, start)
        if labelled is not None and _reads_as_lettered_mobile(labelled[1]):
            yield labelled.span(1)


def _reads_as_marked_mobile(plain: str, start: int, number: str) -> bool:
    """Whether eleven digits with full stops or strokes inside, or with letters among them, are a mobile."""
    true_digits = _true_digits(number)
    if _digits(number)[1] not in "3456789" or true_digits < 7:
        return False
    lettered = true_digits < 11
    groups, marks = _groups(number)
    if len(marks) > 1:
        return False
    if not lettered and marks in ("", "-"):
        return False  # told by the plainer patterns
    if _labelled(plain, start, _PHONE_LABEL):
        return len(groups) == 1 or groups in _MOBILE_GROUPS or set(groups) == {1}
    if _of_a_paper(plain, start):
        return False
    if not marks:
        pieces = tuple(len(piece) for piece in _BLANKS.split(number))
        return pieces == (11,) or pieces in _MOBILE_GROUPS
    return groups in {(3, 4, 4), (3, 3, 5)}


def _reads_as_lettered_mobile(number: str) -> bool:
    """Whether eleven characters behind a telephone's label, any of which may be misread, are a mobile."""
    if _digits(number)[1] not in "3456789" or _true_digits(number) < 6:
        return False
    groups, marks = _groups(number)
    return not marks or (len(marks) == 1 and groups in _MOBILE_GROUPS)


def _between_bars(plain: str, dashed: str) -> Iterator[tuple[int, int]]:
    """Mobiles and ID cards whose groups stand in brackets or between bars; ``dashed`` has dashes there."""
    for found in _MOBILE_BARRED.finditer(dashed):
        start, end = found.span(1)
        if _has_bar(plain, start, end) and _groups(found[1])[0] in _MOBILE_GROUPS:
            digits = _digits(found[1])
            if (
                digits[1] in "3456789"
                and _true_digits(found[1]) >= 7
                and (_labelled(plain, start, _PHONE_LABEL) or not _of_a_paper(plain, _opening(plain, start)))
            ):
                yield start, end
    for found in _ID_MARKED.finditer(dashed):
        start, end = found.span(1)
        if _has_bar(plain, start, end) and _reads_as_id(plain, _opening(plain, start), found[1]):
            yield start, end


def _has_bar(plain: str, start: int, end: int) -> bool:
    return any(bar in plain[start:end] for bar in _BARS)


def _opening(plain: str, start: int) -> int:
    """Where the bracket opens that a number stands in."""
    return start - 1 if start > 0 and plain[start - 1] in "([|" else start


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
