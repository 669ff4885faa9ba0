"""Which attachments a paper's text names (附件：1. … 2. …). Pure."""

import re
import unicodedata
from typing import Final

_BEGIN: Final = re.compile(r"附\s?件\s?(?:目录|清单|列表)?\s?[:：]\s?(?P<rest>.{0,200})")
_NUMBERED: Final = re.compile(r"[((]?(?:\d{1,2}|[一二三四五六七八九十]{1,2})[))]?[.、．:：)]\s?\S")
_MOST: Final = 60


def named_attachments(text: str) -> int:
    """How many the text names; 0 if none. A line that merely speaks of attachments names none."""
    lines = [unicodedata.normalize("NFKC", line[:300]).strip() for line in text.splitlines()]
    for at, line in enumerate(lines):
        found = _BEGIN.match(line)
        if found is None:
            continue
        rest = found["rest"].strip()
        if rest.startswith(("无", "/", "—", "-")):
            return 0
        count = len(_NUMBERED.findall(rest)) if _NUMBERED.match(rest) else int(bool(rest))
        for following in lines[at + 1 : at + 1 + _MOST]:
            if not _NUMBERED.match(following):
                break
            count += 1
        return count
    return 0
