"""How people write long numbers: in groups, with marks in between, behind a label, in a list.

All of it for texts that are read plain, as ``kernel.masking_numbers`` says.
"""

import re
from collections.abc import Callable, Iterator
from typing import Final, NamedTuple

UNSEEN: Final = "\u200b"  # stands for every character that can't be seen
INVISIBLE: Final = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2065\u2800\u3164\uffa0") | frozenset(
    map(chr, (*range(0xFFF0, 0xFFF9), *range(0xE0000, 0xE0100), *range(0xE01F0, 0xE1000)))
)
"""What shows nothing though its category doesn't tell so: Unicode's Default_Ignorable_Code_Point and the empty
Braille pattern."""
MARKS: Final = "-._/·、~,:"
"""What people write between the groups of a number; the last four only behind its label."""
SEPARATORS: Final = ",:、~"
"""Of those marks the ones that stand between neighbouring numbers far more often."""
BARS: Final = "|()[]"
"""Around or between the groups; a bar between digits may as well be a one."""

# Every gap is read in one way only and given back as a whole or not at all: without that, a run of digits that
# breaks off would be tried again for each way of dividing the blanks, with a time exponential in its length.
# All patterns look at a bounded number of characters, so the time for a text is proportional to its length. They
# begin with the number's first character, which the engine looks for much faster than for what stands before it.
BLANK: Final = rf"[ \n{UNSEEN}]"
GAP: Final = rf"{BLANK}{{0,6}}+(?:-{{1,4}}+{BLANK}{{0,3}}+)?+"
MARKED: Final = rf"{BLANK}{{0,6}}+(?:(?:-{{1,4}}+|[._/·]){BLANK}{{0,3}}+)?+"
LISTED: Final = rf"{BLANK}{{0,6}}+(?:(?:-{{1,4}}+|[._/·、~,:]){BLANK}{{0,3}}+)?+"
# Letters that recognition takes for digits; the doubtful ones are believed to be digits only behind a label.
DIGITLIKE: Final = "[0-9OoDQIl|SBZ]"
_BEGINNING: Final = re.compile(rf"{DIGITLIKE}(?<!\d.)")
LOOKALIKE: Final = "[0-9OoIl|]"
TO_DIGITS: Final = str.maketrans("OoDQIl|SBZ", "0000111582", f"{MARKS} \n{UNSEEN}")
_TRUE_DIGITS: Final = str.maketrans("", "", f"OoDQIl|SBZXx{MARKS} \n{UNSEEN}")
_WITHOUT_BLANKS: Final = str.maketrans("", "", f" \n{UNSEEN}")
_EACH_MARK: Final = re.compile("-+|[._/·、~,:]")
_PIECE: Final = re.compile(rf"[^{re.escape(MARKS)} \n{UNSEEN}]+")

# A number directly behind one of these is a paper's or a meter's: blanks inside it make it no telephone.
_PAPER_LABEL: Final = re.compile(
    r"(?:收据|票据|发票|票号|编号|单号|文号|档号|证号|证书|权证|图号|合同|订单|流水|读数|表底|底数|表号|金额|合计"
    r"|字第|第|No|NO|№)[号码代编.]{0,2}[\s:#]{0,3}$"
)
CREDIT_CODE_LABEL: Final = re.compile(r"信用代码|识别号|税号|组织机构代码")
NEAR: Final = 20  # characters between a label and its number, blanks and colons included
_NEXT_IN_LIST: Final = re.compile(rf"{BLANK}{{0,3}}+(?:[、,;/~和及或至到]|-{{2,4}}){BLANK}{{0,3}}+")


class Number(NamedTuple):
    """A run ``[start, end)`` of the text; so many of its first and last characters, gaps not counted, are shown."""

    start: int
    end: int
    head: int
    tail: int


def _behind(plain: str, label: re.Pattern[str]) -> Iterator[int]:
    """Each place where a number may begin that a label stands before, as near as ``is_labelled`` wants it; ascending."""
    done = at = 0
    while found := label.search(plain, at):
        last = min(found.start() + NEAR, len(plain) - 1)
        for beginning in _BEGINNING.finditer(plain, max(found.end(), done), last + 1):
            yield beginning.start()
        done = max(done, last + 1)
        at = found.start() + 1  # the next label may overlap with this one


def listed_behind(
    plain: str, label: re.Pattern[str], number_at: Callable[[str, int, bool], Number | None]
) -> Iterator[Number]:
    """The numbers behind a label, and those that follow each of them in a list.

    ``number_at`` tells the number that begins at a place, the last argument whether another one went before.
    """
    done = 0
    for start in _behind(plain, label):
        if start < done:
            continue
        place, listed = start, False
        while (number := number_at(plain, place, listed)) is not None:
            yield number
            done = number.end
            another = _NEXT_IN_LIST.match(plain, done)
            if another is None:
                break
            place, listed = another.end(), True


def is_labelled(plain: str, start: int, label: re.Pattern[str]) -> bool:
    return label.search(plain, max(0, start - NEAR), start) is not None


def of_a_paper(plain: str, start: int) -> bool:
    return _PAPER_LABEL.search(plain[max(0, start - NEAR) : start]) is not None


def true_digits(number: str) -> int:
    return len(number.translate(_TRUE_DIGITS))


def groups_of(number: str) -> tuple[tuple[int, ...], str]:
    """Lengths of a number's groups by the marks put in (blanks don't count), and which marks those are."""
    closed = number.translate(_WITHOUT_BLANKS)
    marks = "".join(sorted({char for char in closed if char in MARKS}))
    return tuple(len(group) for group in _EACH_MARK.split(closed)), marks


def pieces_of(number: str) -> tuple[int, ...]:
    """Lengths of what stands between a number's gaps of any kind."""
    return tuple(map(len, _PIECE.findall(number)))


def goes_on_before(plain: str, start: int, marks: str, joined: Callable[[str], bool] = str.isdigit) -> bool:
    """Whether one of these marks joins what begins here to a digit, or what else is ``joined``, before it."""
    mark = plain[start - 1 : start]
    if not mark or mark not in marks or start < 2 or not joined(plain[start - 2]):
        return False
    # The one before it in a list ends with four digits at least; thousands and districts have fewer.
    return mark not in "/," or start < 5 or not plain[start - 5 : start - 1].isdigit()


def touches(plain: str, start: int, end: int) -> bool:
    """Whether a letter or digit stands right before or right behind."""
    return is_plain_letter(plain[max(0, start - 1) : start]) or is_plain_letter(plain[end : end + 1])


def is_plain_letter(char: str) -> bool:
    return char.isascii() and char.isalnum()
