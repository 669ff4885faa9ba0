"""What is printed of loans: the slip, what somebody has, the register of a period."""

from datetime import timedelta

import pytest

from archive_service import approvals, loans, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.levels import Level
from archive_service.loans import LoanRow, LoanState, Outcome, Rebuilt, UseMode
from archive_service.records import Description
from tests.loans.counter import Counter
from tests.support.counting import counted
from tests.support.house import House
from tests.support.pages import Desk, text_of


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)


def looks(desk: Desk, who: Actor, path: str) -> str:
    answer = desk.sits(who).get(path)
    assert answer.status_code == 200, (path, answer.status_code)
    return text_of(answer.text)


def made_good(counter: Counter, loan: LoanRow) -> LoanRow:
    """All four steps of its first remedy."""
    with counter.house.work(counter.chen) as work:
        remedy = loans.remedies_of(work.session, loan.id)[0].id
        loans.give_statement(work, remedy, "复印时遗落一页")
        loans.rebuild(work, remedy, Rebuilt.MASTER, source="电子原件第2页")
        loans.compensate(work, remedy, 5000, note="按规定赔偿")
        loans.note(work, remedy, "第2页为补制件")
    return counter.row(loan)


def test_a_slip_bears_everybody_s_word_and_what_came_of_it(counter: Counter, desk: Desk) -> None:
    asked = counter.asks(counter.lin, counter.paper(pages=3), purpose_text="核对会议记录")
    head, deputy = counter.decider("archive_head"), counter.house.person("代理人", "archivist")
    with counter.house.work(head) as work:
        today = work.now.date()
        assert head.user_id is not None and deputy.user_id is not None
        approvals.delegate(work, deputy.user_id, today, today + timedelta(days=3), "出差")
    counter.says(counter.decider("sc_manager"), asked, comment="工作需要")
    counter.says(deputy, asked)
    waiting = looks(desk, counter.lin, f"/loans/{asked.id}/print")
    assert "公司领导" in waiting and "签字：" in waiting

    out = counter.hands_out(counter.says(counter.decider("company_leader"), asked))
    counter.checks(counter.brings_back(out), [Outcome.INCOMPLETE])
    made_good(counter, out)
    printed = looks(desk, counter.lin, f"/loans/{asked.id}/print")
    for said in (
        f"编号：{asked.number}",
        "工作查考：核对会议记录",
        "外借，3 天",
        "不转借、不拆散、不涂改",
        "同意：工作需要",
        "代理人（受批archive_head委托代批）",
        "批company_leader",
        "缺页（已处理）：复印时遗落一页",
        "由电子原件重新打印：电子原件第2页",
        "¥50.00",
        "第2页为补制件",
        "借阅人签字：",
        "归还人签字：",
    ):
        assert said in printed
    assert desk.sits(counter.wang).get(f"/loans/{asked.id}/print").status_code == 404


def test_a_slip_of_copies_counts_them(counter: Counter, desk: Desk) -> None:
    done = counter.out(counter.lin, counter.paper(pages=2), use=UseMode.COPY)
    printed = looks(desk, counter.lin, f"/loans/{done.id}/print")
    assert counter.items(done)[0].stamp_no in printed
    assert "共复制 1 份，2 页" in printed and "不需归还" in printed


def test_a_statement_tells_what_somebody_has_and_when_it_is_due(counter: Counter, desk: Desk) -> None:
    kept = counter.out(counter.lin, counter.paper(), counter.paper())
    back = counter.out(counter.lin, counter.paper())
    counter.checks(counter.brings_back(back))
    assert kept.due_on is not None
    counter.house.clock.passes(days=5)
    late = (counter.house.clock.now().date() - kept.due_on).days

    own = looks(desk, counter.lin, "/loans/statement")
    assert "借阅人：林" in own and kept.number in own and back.number not in own
    assert f"逾期 {late} 天" in own and "共 1 单 2 件" in own
    assert (
        looks(desk, counter.chen, f"/loans/statement?borrower={counter.lin.user_id}").count(kept.number) == 2
    )
    assert "没有在借的文件" in looks(desk, counter.wang, "/loans/statement")
    assert desk.sits(counter.wang).get(f"/loans/statement?borrower={counter.lin.user_id}").status_code == 403


def test_the_register_of_a_period_adds_up(counter: Counter, desk: Desk) -> None:
    before = counter.asks(counter.lin, counter.paper())
    counter.house.clock.passes(days=1)
    first = counter.house.clock.now().date()
    out = counter.out(counter.wang, counter.paper())
    copied = counter.out(counter.lin, counter.paper(pages=4), use=UseMode.COPY)
    assert copied.state is LoanState.CLOSED
    refused = counter.asks(counter.lin, counter.paper())
    counter.says(counter.decider("sc_manager"), refused, approve=False, comment="用途不清")
    address = f"/loans/register?first={first}&last={first}"

    with counted(counter.house.archive.sessions.engine) as few:
        printed = looks(desk, counter.chen, address)
    assert before.number not in printed
    for row in (out, copied, refused):
        assert row.number in printed
    assert "借阅单 3 张，3 件；其中复印 1 张、外借 2 张" in printed
    assert "在借 1 张，已归还或办结 1 张，拒绝 1 张" in printed and "复制 1 份 4 页" in printed
    counter.asks(counter.wang, counter.paper(), counter.paper())
    counter.asks(counter.wang, counter.paper())
    with counted(counter.house.archive.sessions.engine) as more:
        looks(desk, counter.chen, address)
    assert more.count == few.count
    assert desk.sits(counter.lin).get(address).status_code == 403
    assert desk.sits(counter.chen).get("/loans/register?first=2026-13-01").status_code == 422
    assert desk.sits(counter.chen).get("/loans/register?first=2026-03-09&last=2026-03-01").status_code == 422


def test_who_may_no_longer_know_a_paper_reads_no_title_of_it(counter: Counter, desk: Desk) -> None:
    paper = counter.paper()
    out = counter.out(counter.lin, paper)
    title = counter.house.document(paper).title
    pages = ("/loans/statement", f"/loans/{out.id}/print")
    assert all(title in looks(desk, counter.lin, page) for page in pages)
    known = counter.house.document(paper)
    with counter.house.work() as work:
        raised = Description(known.title, known.class_code, doc_date=known.doc_date, level=Level.SENSITIVE)
        records.describe(work, paper, raised, revision=known.revision, reason="内有身份证号")
    for page in pages:
        seen = looks(desk, counter.lin, page)
        assert title not in seen and "题名不在查看权限内" in seen and out.number in seen
