"""A title for a paper: its own heading, or the name it came with."""

import re
from typing import Final

from archive_service.suggestions.rules import Candidate, Field, Span, best
from archive_service.suggestions.rules.dates import written
from archive_service.suggestions.rules.paper import Paper, plain_character

_ABOUT: Final = re.compile(r"关于[^。;,:\f]{4,44}?的(?:通知|公告|公示|函|通报|决定|批复|报告|请示|意见|提示)")
_FORM: Final = re.compile(
    r"[\u4e00-\u9fffA-Za-z0-9()、-]{0,24}?(?:申请表|申请单|登记表|验收单|交验单|通知书|记录单|记录表|记录|审批单|审批表|统计表|盘点表|日结表|"
    r"清册|清单|协议书?|合同|收据|放行条|催缴函|月报|周报|报告|报修单|登记|公示|通知|证明|函|单|表)"
)
_SENTENCE: Final = re.compile(r"[。;!?]|[,,].*[,,]")
_NUMBER: Final = (
    r"(?:[\u4e00-\u9fff]{2,8} ?[〔(\[{《<] ?(?:19|20)\d\d ?[〕)\]}》>] ?第? ?\d{1,4} ?号"
    r"|\(?[A-Za-z0-9]{2,4}[-_]20\d{2,6}[-_]\d{2,5}\)?)"
)
_NUMBER_FIRST: Final = re.compile(rf"^\s*(?:(?:编号|文号|发文字号|No\.?|№)[.:]?\s*)?{_NUMBER}\s*")
_NUMBER_LAST: Final = re.compile(rf"\s+\(?\s*{_NUMBER}\s*\)?\s*$")
_NUMBERED: Final = re.compile(r"(?:编号|文号|发文字号|No|NO|№)[.:]? ?.*$")
# What a form asks for, with what was filled in: 填表日期:…, 业主:…, 经办人:…; and how a letter begins.
_FILLED_IN: Final = re.compile(
    r"^(?:(?:[\u4e00-\u9fff]{0,6}(?:日期|时间|人|者|单位|部门|电话|地址|金额|意见|签字|签名|盖章|号码|编号|文号|房号|字号)"
    r"|业主|住户|租户|客户|商户|房屋|房产|铺位|铺号|车位|姓名|性别|项目|致|收|抄送|主送|附件?|备注|说明|版次|图号|比例|密级)"
    r"\s*(?:\([^()]{1,12}\))?\s*[:为]"
    r"|(?:尊敬的|亲爱的|各位)[\u4e00-\u9fff、]{2,16}[:,!]?$)"
)
_ORGAN: Final = re.compile(
    r"[\u4e00-\u9fffA-Za-z()]{2,30}(?:公司|服务中心|管理处|服务处|项目部|工程部|客服部|委员会|居委会|设计院|事务所|街道办事处|人民政府)"
    r"(?:文件|\(章\)|\(盖章\))?"
)
LONGEST: Final = 80


def titles(paper: Paper, pages: tuple[str, ...]) -> list[Candidate]:
    found: list[Candidate] = []
    first = pages[0] if pages else ""
    at = index = 0
    for line in first.split("\n")[:6]:
        start, words = _heading(line)
        if words:
            plain = "".join(map(plain_character, words))
            looks = 0.85 if _FORM.search(plain) else 0.6
            # Below the first line whoever writes commas writes sentences.
            looks -= 0.3 if index and re.search("[,、]", plain) else 0
            found.append(
                Candidate(
                    Field.TITLE,
                    words[:LONGEST],
                    looks - 0.12 * index,
                    spans=(Span(1, at + start, at + start + len(words)),),
                )
            )
        if words or not _only_a_number(line):
            index += 1
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


def _heading(line: str) -> tuple[int, str]:
    """Where in the line what could be a title begins, and that; "" where it is a number, a filled-in field, a day, a
    letterhead or a sentence. The paper's number beside its title has a field of its own."""
    plain = "".join(map(plain_character, line))  # one for one: places are the same in both
    start = len(plain) - len(plain.lstrip())
    if number := _NUMBER_FIRST.match(plain):
        # 物业公〔2026〕2号2025年度公示: behind the number; but ZX-2026-0045装修保证金退款审批单 is called so.
        apart = number[0][-1:].isspace() or "号" in number[0]
        start = number.end() if apart or number.end() == len(plain) else start
    end = len(plain.rstrip())
    for beside in (_NUMBERED, _NUMBER_LAST):
        if cut := beside.search(plain[:end], start):
            end = cut.start()
    plain = plain[start:end].rstrip(" :")
    if not 4 <= len(plain) <= 46 or not re.search(r"[\u4e00-\u9fff]{3}", plain) or _SENTENCE.search(plain):
        return start, ""
    if _FILLED_IN.match(plain) or _ORGAN.fullmatch(plain) or _only_a_day(plain):
        return start, ""
    return start, line[start : start + len(plain)]


def _only_a_number(line: str) -> bool:
    """What stands above a title without being one: its number."""
    plain = "".join(map(plain_character, line)).strip()
    return not plain or bool((number := _NUMBER_FIRST.match(plain)) and number.end() == len(plain))


def _only_a_day(plain: str) -> bool:
    return any(len(plain) - (day.end - day.start) <= 2 for day in written(plain))
