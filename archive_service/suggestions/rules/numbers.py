"""The number a paper bears: of a sent notice, of a form, of a receipt. Source of the forms: domain/workflows.md."""

import re
from bisect import bisect_right
from dataclasses import replace
from typing import Final

from archive_service.suggestions.rules import Candidate, Field, best
from archive_service.suggestions.rules.dates import written
from archive_service.suggestions.rules.paper import Paper

_SENT: Final = re.compile(
    r"(?P<organ>[\u4e00-\u9fff]{2,8})(?P<open>[〔(\[{《<])(?P<year>(?:19|20)\d\d)(?P<close>[〕)\]}》>])(?:第)?(?P<no>\d{1,4})号"
)
_ORGAN_STARTS: Final = re.compile(
    r"(?:编号|文号|号|根据|参照|按照|依据|按|见|为|的|与|和|及|由|通知|公告|公示|提示|通报|决定|意见|报告|批复|函|表|单|标题)"
)
_LABEL: Final = re.compile(r"(?:编号|文号|发文字?号)?:?")
_LEADS_ON: Final = re.compile(
    r"(?:参照|依据|根据|按照|附件|关联|抄送|替代|废止|执行|原[文编]?号)(?:文件)?[:、\n]*$"
)
"""At the end of a line: the number on the next one is another paper's."""
_FORM: Final = re.compile(
    r"(?<![A-Za-z0-9-])(?P<kind>[A-Z]{2,4})[-_](?P<year>20\d{2})(?P<month>(?:0[1-9]|1[0-2])(?:[0-2]\d|3[01]))?[-_](?P<no>\d{2,5})(?![\dA-Za-z])(?!-\d)"
)
_LOOSE: Final = re.compile(
    r"(?<![A-Za-z0-9-])(?P<kind>[A-Z0-9]{2,4}) ?[-_.] ?(?P<year>[2Z][0OQD][\dOIlZ]{2})"
    r"(?P<month>[01O][\dOIl][0-3O][\dOIl])?[-_.] ?(?P<no>[\dOIlZ]{2,5})(?![\dA-Za-z])"
)
_SERIAL: Final = re.compile(
    r"(?:No|NO|no|N[o0]|№|Nº|编号|收据号码?|票号|单号|号码)[.:]?:? ?(?P<no>\d{5,10})(?!\d)(?![.年月元])"
)
_LABELLED: Final = re.compile(
    r"(?:编号|文号|发文字号|申请号|登记号|单号|合同号|协议号|合同编号|协议编号)[:.]? ?"
    r"(?P<no>[A-Za-z\u4e00-\u9fff]{0,6}[-A-Za-z0-9〔〕/()]{4,24})"
)
_FOREIGN: Final = re.compile(
    r"(?:原证|旧证|原编?号|快递|EMS.{0,6}|密封袋|交易参考|设备|注册|代码|阀|[水电气]表|借阅内容.{0,30}|参照.{0,4}|依据.{0,4}"
    r"|根据.{0,4}|附件|关联.{0,4}|抄送)[^,。;]{0,4}$"
)
_OF_PEOPLE: Final = re.compile(
    r"(?:电话|手机|传真|身份证?|证件|账户|帐户|银行卡?|车牌|邮政|信用代码|联系)[^,。;\n]{0,3}$"
)
"""Before 号码 or 编号: a number by which people are reached, paid or known, and no paper's."""
_CERTIFICATE: Final = re.compile(r"(?:新证|停车证号?|证号|本证)[^,。;]{0,3}$")
_RELATED: Final = re.compile(r"(?:许可证号?|收据号?|装修申请号?)[^,。;]{0,3}$")
_DIGIT_FOR: Final = str.maketrans("OQDIlZ", "000112")


def doc_numbers(paper: Paper) -> list[Candidate]:
    """Candidates for the paper's own number, those of others that it speaks of behind them."""
    text = paper.flat
    found = [*_sent(paper), *_forms(paper)]
    taken = [(c.value, c.confidence) for c in found]
    for match in _SERIAL.finditer(text):
        near = match.start() <= paper.heading + 40
        before = text[max(0, match.start() - 10) : match.start()]
        label = match[0][: match.start("no") - match.start()]
        weight = (0.8 if near else 0.35) if label[:1] in "Nn№编" else 0.3
        if taken and max(confidence for _, confidence in taken) > 0.6:
            weight *= 0.5
        if _FOREIGN.search(before):
            weight = 0.08
        if _OF_PEOPLE.search(before):
            continue
        found.append(_candidate(paper, match["no"], weight, match.start("no"), match.end("no")))
    for match in _LABELLED.finditer(text):
        value = match["no"].rstrip("-/(")
        before = text[max(0, match.start() - 8) : match.start()]
        if re.search(r"\d{2}", value) and not any(value in known or known in value for known, _ in taken):
            near = match.start() <= paper.heading + 20
            weight = 0.1 if _FOREIGN.search(before) or not near else 0.5
            start = match.start("no")
            found.append(_candidate(paper, value, weight, start, start + len(value)))
    found += _of_name(paper, [c.value for c in found])
    return best(found)


def _sent(paper: Paper) -> list[Candidate]:
    """物业通〔2026〕18号: the brackets are written as they should be, however they were scanned.

    One that has a line to itself is the paper's own wherever it stands, above the heading or over centre and date;
    where several have, the paper is a list of others.
    """
    found = []
    alone: set[str] = set()
    for match in _SENT.finditer(paper.flat):
        organ = match["organ"]
        cut = [m.end() for m in _ORGAN_STARTS.finditer(organ)]
        organ = organ[cut[-1] :] if cut and cut[-1] < len(organ) - 1 else organ
        if organ.endswith(("示例市", "年", "证")) or "证" in organ or len(organ) < 2:
            continue
        organ = _unbroken(paper, match.end("organ"), organ)
        start = match.end("organ") - len(organ)
        near = start <= paper.heading + 25
        weight = 0.95 if near else 0.3
        value = f"{organ}〔{match['year']}〕{int(match['no'])}号"
        if _has_its_line(paper, start, match.end()):
            alone.add(value)
        elif _FOREIGN.search(paper.flat[max(0, start - 12) : start]):
            weight = 0.12
        found.append(_candidate(paper, value, weight, start, match.end()))
    if len(alone) == 1:
        found = [replace(c, confidence=0.95 if c.value in alone else min(c.confidence, 0.5)) for c in found]
    return found


def _has_its_line(paper: Paper, start: int, end: int) -> bool:
    begin = paper.lines[bisect_right(paper.lines, start) - 1]
    over = paper.flat[end : end + 1] in ("", "\n", "\f") or end in paper.lines
    above = paper.flat[max(0, begin - 12) : begin]
    return over and bool(_LABEL.fullmatch(paper.flat[begin:start])) and not _LEADS_ON.search(above)


def _unbroken(paper: Paper, end: int, organ: str) -> str:
    """The part of it before which no blank stood on the paper: 通知 物业通〔2026〕18号."""
    for back in range(1, len(organ)):
        (page, at), (page_before, before) = paper.places[end - back], paper.places[end - back - 1]
        if page != page_before or at - before != 1:
            return organ[-back:] if back >= 2 else organ
    return organ


def _forms(paper: Paper) -> list[Candidate]:
    """ZX-2026-0045, BX-20260612-07; letters that a scan made of digits are put right."""
    found = []
    text = paper.flat
    days = [(day.start, day.end) for day in written(text) if day.sure > 0.55]
    seen: list[tuple[int, int]] = []
    for expression, sure in ((_FORM, 1.0), (_LOOSE, 0.85)):
        for match in expression.finditer(text):
            if any(start < match.end() and match.start() < end for start, end in seen):
                continue
            kind = match["kind"] if sure == 1.0 else match["kind"].translate(str.maketrans("0125", "OIZS"))
            if not kind.isalpha() or kind in ("TEST", "HTTP") or match["kind"].isdigit():
                continue  # 2015.06.01-2035.06.01: digits alone are no misread letters
            if any(start < match.end() and match.start() < end for start, end in days):
                continue
            seen.append(match.span())
            parts = [(match[name] or "").translate(_DIGIT_FOR) for name in ("year", "month", "no")]
            value = f"{kind}-{parts[0]}{parts[1]}-{parts[2]}"
            found.append(
                _candidate(
                    paper, value, sure * _form_weight(paper, match.start()), match.start(), match.end()
                )
            )
    return found


def _form_weight(paper: Paper, start: int) -> float:
    before = paper.flat[max(0, start - 14) : start]
    clause = re.split(r"[,。;\n\f]", before)[-1]
    if _FOREIGN.search(clause):
        return 0.1
    if _CERTIFICATE.search(clause):
        return 0.85
    if _RELATED.search(clause):
        return 0.6
    if start <= paper.heading + 24:
        return 0.96
    return 0.7 if re.search(r"编号:?$", clause) else 0.4


def _of_name(paper: Paper, known: list[str]) -> list[Candidate]:
    found = []
    for match in _FORM.finditer(paper.name):
        value = f"{match['kind']}-{match['year']}{match['month'] or ''}-{match['no']}"
        found.append(Candidate(Field.DOC_NUMBER, value, 0.9 if value in known else 0.7))
    for match in re.finditer(r"(?<![\dA-Za-z-])\d{7}(?!\d)", paper.name):
        if match[0] in known:
            found.append(Candidate(Field.DOC_NUMBER, match[0], 0.85))
    return found


def _candidate(paper: Paper, value: str, weight: float, start: int, end: int) -> Candidate:
    return Candidate(Field.DOC_NUMBER, value, weight, spans=paper.spans(start, end))
