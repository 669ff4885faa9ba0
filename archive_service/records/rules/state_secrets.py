"""Marks of state secrets (国家秘密标志): this system is not cleared for them, so a paper that bears one is refused. Pure.

A mark is one of 绝密, 机密, 秘密, with or without ★ and a term, standing by itself at the top of a page or in a
title. The same words in running text (保守秘密, 机密级别说明) and marks of a company's own (商业秘密, 核心商密) are none.
Source: classification.yaml (level_note); 国家秘密定密管理规定: 密级★保密期限; GB/T 9704 puts it at the top of the page.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from itertools import islice, takewhile
from typing import Final

from archive_service.kernel.errors import N_, Forbidden

TROUBLE: Final = "state_secret"
"""Code of what stopped the reading of such a version."""


class StateSecret(Forbidden):
    """``mark``: as it stands there."""

    code = "document.state-secret"
    message = N_(
        "“%(mark)s” marks a state secret, and this system may not keep those: nothing was saved. Please hand the "
        "paper to the person in charge of secrets at once and delete the file from this computer as they say."
    )


class MarkedPaper(Forbidden):
    code = "document.marked-secret"
    message = N_(
        "This file bears the mark of a state secret. It is shown and handed out to nobody; please ask the person in "
        "charge of secrets."
    )


_TOP: Final = 6  # lines: above them stand copy number, mark and urgency, then the heading
_DOWN: Final = 10  # lines of a mark that is written downwards, with its star and term
_FIRST: Final = frozenset("绝絕绖机機杌秘祕泌")
_LONGEST: Final = 24  # characters of a line that is a mark and what stands beside it
_B: Final = r"\s?"
_LEVEL: Final = rf"(?:[绝絕绖]{_B}[密蜜宓]|[机機杌]{_B}[密蜜宓]|[秘祕泌]{_B}[密蜜宓])(?:{_B}级)?"
_STAR: Final = r"[★☆✩✪✫✬✭✮✯✰⭐*※✡⋆✦✱✲]"
_NUMBER: Final = rf"(?:\d{_B}\d?|[一二三四五六七八九十]{{1,3}})"
_TERM: Final = (
    rf"(?:{_NUMBER}{_B}(?:年|个{_B}月|月|天|日|小时)(?:{_NUMBER}{_B}个?{_B}月)?"
    rf"|长{_B}期|永{_B}久|启用前|公布前|解密前|使用完毕前)"
)
# 商业秘密★ is a company's; after a quotation mark or a list's comma somebody writes about marks.
_NOT_AFTER: Final = r"(?<![业司术部人作商家为是、和或及“‘\"'「『])"
_BRACKETS: Final = str.maketrans("", "", "()[]【】〔〕〈〉{}《》")
_STARRED: Final = re.compile(rf"{_NOT_AFTER}{_LEVEL}{_B}{_STAR}(?:{_B}{_STAR})?(?:{_B}{_TERM})?")
# OCR takes the star for anything, or leaves it out; a term after it says enough.
_WITH_TERM: Final = re.compile(rf"{_LEVEL}.{{0,2}}?{_TERM}")
_ALONE: Final = re.compile(rf"{_LEVEL}(?:文?件|资料)?{_STAR}{{0,2}}")
_BESIDE: Final = r"(?:特急|加急|急件|平急|特提|份号[:：]?|编号[:：]?|No\.?|№|\d{3,}+)++"
"""What else stands on the line of a mark: copy number and urgency."""
_LABEL: Final = re.compile(rf"^密级[:：]?(?={_LEVEL})")
_PERIOD: Final = re.compile(rf"(?:保密期限|解密时间)[:：]?{_TERM}$")
"""密级：机密, perhaps with 保密期限：10年 after it: the mark as a form has it."""
_BESIDE_BEFORE: Final = re.compile(rf"^{_BESIDE}(?={_LEVEL})")
_BESIDE_AFTER: Final = re.compile(rf"(?<=[密蜜宓级年月期久前★☆*]){_BESIDE}$")


def mark_on_page(text: str) -> str:
    """The mark on one page's text, in reading order; "" if there is none.

    Stars make a mark wherever they stand on a line near the top, and a line of its own anywhere; without a star it
    must be a whole line among the first ones, or a character to a line as it is written downwards.
    """
    for at, line in enumerate(_lines(text)):
        near_top = at < _TOP
        if near_top and (found := _STARRED.search(line)):
            return found[0]
        if near_top or len(line) <= _LONGEST:
            whole = _whole(line, starred=not near_top)
            if whole:
                return whole
    return _downwards(list(islice(_lines(text), _TOP + _DOWN)))


def _downwards(lines: Sequence[str]) -> str:
    """The mark that stands in a column near the top: 绝 and 密 are lines of their own, nothing above or below them is."""
    for at, line in enumerate(lines[:_TOP]):
        if at and len(lines[at - 1]) == 1 and not lines[at - 1].isdigit():
            continue  # the middle of a column: 商, 业, 秘, 密
        if len(line) == 1 and line in _FIRST:
            column = "".join(
                takewhile(lambda one: len(one) == 1 or (len(one) == 2 and one.isdigit()), lines[at:])
            )
            if found := _whole(column, starred=False):
                return found
    return ""


def _whole(line: str, *, starred: bool) -> str:
    """The line if it is a mark with nothing but copy number and urgency beside it. ``starred``: only with a star."""
    plain = "".join(line.split()).translate(_BRACKETS)
    plain = _BESIDE_AFTER.sub("", _BESIDE_BEFORE.sub("", plain))
    plain = _PERIOD.sub("", _LABEL.sub("", plain))
    if len(plain) > _LONGEST:
        return ""
    patterns = (_STARRED,) if starred else (_STARRED, _WITH_TERM, _ALONE)
    return plain if any(pattern.fullmatch(plain) for pattern in patterns) else ""


def mark_in_title(title: str) -> str:
    """The mark in a title or the name of a file; "" if there is none.

    With a star anywhere; without one where it is all there is, or stands in brackets or apart at either end.
    """
    written = " ".join(unicodedata.normalize("NFKC", title[:400]).split())
    if found := _STARRED.search(written):
        return found[0]
    return next((mark for part in _ends(written) if (mark := _whole(part, starred=False))), "")


_BRACKETED: Final = re.compile(r"^\((?P<first>[^)]{2,12})\)|\((?P<last>[^)]{2,12})\)$")
_ONE_BRACKET: Final = str.maketrans("[]【】〔〕{}《》〈〉", "()()()()()()")
_APART: Final = re.compile(r"[\s_\-—–.·:,，、;；]+")


def _ends(title: str) -> Iterator[str]:
    """The whole, what stands in brackets at either end, the first and the last word."""
    yield title
    for found in _BRACKETED.finditer(title.translate(_ONE_BRACKET).strip()):
        yield found["first"] or found["last"]
    # 绝 密 with a blank between is one word of a mark, and so are its first two words.
    words = [word for word in _APART.split(title) if word]
    for count in (1, 2):
        if len(words) > count:
            yield "".join(words[:count])
            yield "".join(words[-count:])


def _lines(text: str) -> Iterator[str]:
    """Lines that hold anything, in one spelling, with single blanks."""
    for line in text.splitlines():
        seen = unicodedata.normalize("NFKC", line[:400])
        folded = " ".join("".join(char for char in seen if unicodedata.category(char) != "Cf").split())
        if folded:
            yield folded
