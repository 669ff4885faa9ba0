"""Personal numbers in running text, hidden by default: ID cards, telephones, plates, bank cards.

The text may come from a scan, so blanks, line breaks and full-width digits may stand inside a number. The
masked text is always as long as the text itself, so that character positions stay true. Numbers of papers
(receipts, certificates, documents, archival numbers) are left alone. Of numbers in Chinese numerals only mobiles
behind a telephone's label are told. Source: domain/metadata.md §7.
"""

import unicodedata
from collections.abc import Sequence
from typing import Final

from archive_service.kernel.masking_numbers import hidden_digits
from archive_service.kernel.masking_writing import BARS, INVISIBLE, MARKS, UNSEEN

STAR: Final = "*"

_SAME: Final = (
    dict.fromkeys("‐‑‒–—―−", "-")
    | dict.fromkeys("•・．·", "·")
    | dict.fromkeys("×ХⅩ✕ⅹⓍⓧ", "X")
    | dict.fromkeys("【〔〖〘", "[")
    | dict.fromkeys("】〕〗〙", "]")
)
_LINE_ENDS: Final = "\t\r\n\v\f\x1c\x1d\x1e\x1f\x85\u2028\u2029"


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
    if char in INVISIBLE or unicodedata.category(char) in _NO_CHARACTERS:
        return UNSEEN
    if (digit := unicodedata.decimal(char, None)) is not None:
        return str(digit)
    plain = unicodedata.normalize("NFKC", char)
    if len(plain) == 1 and plain.isascii() and ("！" <= char <= "～" or not plain.isalnum()):
        return plain
    return char


def _joined(plain: str) -> str:
    if plain == UNSEEN:
        return ""
    if (digit := unicodedata.digit(plain, None)) is not None:
        return str(digit)
    normal = unicodedata.normalize("NFKC", plain)
    return normal if any(part.isascii() and part.isalnum() for part in normal) else plain


# Controls, and marks that only change how the character before them looks: accents, selectors, a key around it.
_NO_CHARACTERS: Final = frozenset(("Cc", "Cf", "Cs", "Mn", "Me"))
_APART: Final = _Reading(joining=False)
_JOINED: Final = _Reading(joining=True)


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
        plain in f"{MARKS}{BARS} \n{UNSEEN}" for plain in between.translate(_APART)
    )


def _hidden(text: str) -> set[int]:
    plain = text.translate(_APART)
    hidden = set(hidden_digits(plain))
    alphabet = set(text)
    if not _APART.doubtful.isdisjoint(alphabet):
        joined = text.translate(_JOINED)
        origin: Sequence[int] = range(len(text))
        if not all(len(_JOINED[ord(char)]) == 1 for char in alphabet):
            origin = [at for at, char in enumerate(text) for _ in _JOINED[ord(char)]]
        hidden.update(origin[at] for at in hidden_digits(joined))
    return hidden
