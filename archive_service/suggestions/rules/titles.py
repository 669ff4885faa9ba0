"""A title for a paper: its own heading, or the name it came with."""

import re
from typing import Final

from archive_service.suggestions.rules import Candidate, Field, Span, best
from archive_service.suggestions.rules.paper import Paper, plain_character

_ABOUT: Final = re.compile(r"关于[^。;,:\f]{4,44}?的(?:通知|公告|公示|函|通报|决定|批复|报告|请示|意见|提示)")
_FORM: Final = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9()、-]{0,24}?(?:申请表|申请单|登记表|验收单|交验单|通知书|记录单|记录表|记录|审批单|审批表|统计表|盘点表|日结表|"
    r"清册|清单|协议书?|合同|收据|放行条|催缴函|月报|周报|报告|报修单|登记|公示|通知|证明|函|单|表)"
)
_SENTENCE: Final = re.compile(r"[。;!?]|[,,].*[,,]")
LONGEST: Final = 80


def titles(paper: Paper, pages: tuple[str, ...]) -> list[Candidate]:
    found: list[Candidate] = []
    first = pages[0] if pages else ""
    at = 0
    for index, line in enumerate(first.split("\n")[:6]):
        words = line.strip()
        plain = "".join(map(plain_character, words))
        if 4 <= len(plain) <= 46 and not _SENTENCE.search(plain) and re.search(r"[\u4e00-\u9fff]{3}", plain):
            looks = 0.85 if _FORM.search(plain) else 0.6
            start = at + len(line) - len(line.lstrip())
            clean = re.sub(r"(?:编号|No|NO|№)[.:]? ?.*$", "", words).strip(" :：")
            if len(clean) >= 4:
                found.append(
                    Candidate(
                        Field.TITLE,
                        clean[:LONGEST],
                        looks - 0.12 * index,
                        spans=(Span(1, start, start + len(clean)),),
                    )
                )
        at += len(line) + 1
    if match := _ABOUT.search(paper.flat):
        near = match.start() < paper.heading + 40
        found.append(
            Candidate(Field.TITLE, match[0], 0.88 if near else 0.5, spans=paper.spans(*match.span()))
        )
    if not any(c.confidence >= 0.5 for c in found) and (match := _FORM.match(paper.flat)):
        found.append(Candidate(Field.TITLE, match[0], 0.55, spans=paper.spans(*match.span())))
    if paper.name:
        found.append(Candidate(Field.TITLE, paper.name[:LONGEST], 0.5))
    return best(found)
