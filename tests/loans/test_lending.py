"""A slip from the form to the return, and its branches."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from archive_service import loans, locations, people, records
from archive_service.kernel.errors import Forbidden, NotFound
from archive_service.kernel.levels import Level, Sight
from archive_service.loans import (
    UNDERTAKING_VERSION,
    BorrowerKind,
    Handed,
    LoanCase,
    LoanState,
    Outcome,
    Outsider,
    Purpose,
    Rebuilt,
    RemedyState,
    UseMode,
)
from archive_service.loans.rules import refusals
from archive_service.locations import ItemRef
from archive_service.records import Dept
from archive_service.records.api.sending import bears_mark
from archive_service.records.queries.sights import slip_of
from tests.loans.counter import Counter
from tests.support.counting import counted

POLICE = Outsider(
    "张示例",
    "id_card",
    "110101199003070011",
    "13800000000",
    True,
    organisation="示例派出所",
    letter_no="公函12",
)


def test_an_original_goes_out_under_three_words_and_comes_back_counted(counter: Counter) -> None:
    paper = counter.paper(pages=12)
    slip = counter.asks(counter.lin, paper)
    assert (slip.number, slip.state, slip.case) == ("JY-2026-0001", LoanState.SUBMITTED, LoanCase.TAKE_OUT)
    slip = counter.says(counter.decider("sc_manager"), slip)
    assert slip.state is LoanState.DEPT_APPROVED
    slip = counter.says(counter.decider("archive_head"), slip)
    assert slip.state is LoanState.ARCHIVE_CHECKED
    slip = counter.says(counter.decider("company_leader"), slip)
    assert slip.state is LoanState.APPROVED and slip.fetch_by == date(2026, 3, 12)
    slip = counter.hands_out(slip)
    assert slip.state is LoanState.ISSUED and slip.due_on == date(2026, 3, 12)
    with counter.house.archive.reading() as session:
        assert counter.lin.user_id is not None
        assert [one.id for one in loans.held_by(session, counter.lin.user_id)] == [slip.id]
        assert loans.out_with(session, counter.chen, document_id=paper) is not None
        assert locations.where(session, [ItemRef(document_id=paper)]) == {}
    slip = counter.brings_back(slip)
    assert slip.state is LoanState.RETURN_PENDING_CHECK
    slip = counter.checks(slip)
    assert slip.state is LoanState.CLOSED
    [item] = counter.items(slip)
    assert item.outcome is Outcome.WHOLE and not item.held
    with counter.house.archive.reading() as session:
        steps = [one.step for one in loans.changes_of(session, slip.id)]
    assert steps == [
        "submit", "dept_approve", "archive_check", "approve", "issue", "take_back", "find_whole",
    ]  # fmt: skip


def test_a_due_day_without_work_moves_on(counter: Counter) -> None:
    counter.house.clock.passes(days=3)  # a Thursday: three days later is Sunday
    assert counter.out(counter.lin, counter.paper()).due_on == date(2026, 3, 16)


def test_nobody_decides_or_hands_out_their_own(counter: Counter) -> None:
    slip = counter.asks(counter.chen, counter.paper())
    slip = counter.approved(slip)
    with pytest.raises(refusals.OwnLoan):
        counter.hands_out(slip)
    head = counter.decider("archive_head")
    slip = counter.hands_out(slip, head)
    with pytest.raises(refusals.OwnLoan):
        counter.brings_back(slip)
    slip = counter.brings_back(slip, head)
    with pytest.raises(refusals.OwnLoan):
        counter.checks(slip)
    assert counter.checks(slip, who=head).state is LoanState.CLOSED


def test_others_do_not_know_of_a_slip(counter: Counter) -> None:
    slip = counter.asks(counter.lin, counter.paper())
    with pytest.raises(NotFound):
        counter.row(slip, counter.wang)
    with counter.house.work(counter.wang) as work, pytest.raises(NotFound):
        loans.cancel(work, slip.id)
    with counter.house.work(counter.lin) as work, pytest.raises(Forbidden):
        loans.issue(work, slip.id)
    assert counter.row(slip, counter.decider("company_leader")).id == slip.id


def test_a_refusal_lets_the_papers_go(counter: Counter) -> None:
    paper = counter.paper()
    slip = counter.asks(counter.lin, paper)
    slip = counter.says(counter.decider("sc_manager"), slip, approve=False, comment="不必外借")
    assert slip.state is LoanState.REJECTED
    assert counter.asks(counter.wang, paper).state is LoanState.SUBMITTED


def test_a_word_on_what_has_changed_meanwhile_counts_nothing(counter: Counter) -> None:
    paper = counter.paper()
    slip = counter.asks(counter.lin, paper)
    counter.says(counter.decider("sc_manager"), slip)
    with counter.house.work() as work:
        work.session.execute(text("UPDATE document SET level = 'CONFIDENTIAL'"))
    slip = counter.says(counter.decider("archive_head"), slip)
    assert slip.state is LoanState.DRAFT and not counter.items(slip)[0].held


def test_a_slip_is_taken_back_at_any_time_before_it_goes_out(counter: Counter) -> None:
    paper = counter.paper()
    for steps in range(3):
        slip = counter.asks(counter.lin, paper)
        for role in ("sc_manager", "archive_head", "company_leader")[: steps * 2]:
            slip = counter.says(counter.decider(role), slip)
        with counter.house.work(counter.lin) as work:
            assert loans.cancel(work, slip.id).state is LoanState.CANCELLED
    assert slip.number == "JY-2026-0003"


def test_who_comes_second_stands_in_line_and_is_offered_it(counter: Counter) -> None:
    paper, third = counter.paper(), counter.house.person("赵", "front_desk")
    first = counter.out(counter.lin, paper)
    second, last = counter.asks(counter.wang, paper), counter.asks(third, paper)
    assert second.state is LoanState.DRAFT and second.queued and last.queued
    assert [counter.items(one)[0].place_in_line for one in (second, last)] == [1, 2]
    with counter.house.work(counter.lin) as work, pytest.raises(refusals.RenewalQueued):
        loans.ask_renewal(work, first.id, reason="还没看完")
    counter.checks(counter.brings_back(first))
    assert counter.items(second)[0].offered_until == date(2026, 3, 12)
    assert counter.asks(counter.lin, paper).queued  # it is kept for who waits
    counter.day_passes(4)  # nobody took it: to the next
    assert counter.items(second)[0].place_in_line is None
    assert counter.items(last)[0].offered_until is not None
    with counter.house.work(third) as work:
        taken = loans.submit(work, counter.seal, last.id, undertaking=UNDERTAKING_VERSION)
    assert taken.state is LoanState.SUBMITTED


def test_a_paper_and_the_file_that_holds_it_keep_each_other(counter: Counter) -> None:
    file = counter.file()
    one, other = counter.paper(file=file), counter.paper(file=file)
    slip = counter.out(counter.lin, one)
    assert counter.asks(counter.wang, other).state is LoanState.SUBMITTED
    whole = counter.asks(counter.wang, file)
    assert whole.queued
    counter.checks(counter.brings_back(slip))
    assert counter.items(whole)[0].offered_until is None  # the other paper is asked for still
    with counter.house.work(counter.wang) as work:
        loans.cancel(work, whole.id - 1)
    assert counter.items(whole)[0].offered_until is not None
    assert counter.asks(counter.lin, one).queued


def test_lost_pages_are_made_good_in_their_order(counter: Counter) -> None:
    paper, whole = counter.paper(pages=3), counter.paper()
    slip = counter.brings_back(counter.out(counter.lin, paper, whole))
    with pytest.raises(refusals.PageCountDiffers), counter.house.work(counter.chen) as work:
        found = [loans.Finding(one.id, Outcome.WHOLE, 1, note="") for one in counter.items(slip)]
        loans.check(work, slip.id, found)
    slip = counter.checks(slip, [Outcome.INCOMPLETE])
    assert slip.state is LoanState.REMEDY
    assert [one.held for one in counter.items(slip)] == [True, False]
    with pytest.raises(refusals.UnderRepair):
        counter.asks(counter.wang, paper)
    with counter.house.archive.reading() as session:
        [remedy] = loans.remedies_of(session, slip.id)
    with counter.house.work(counter.chen) as work, pytest.raises(refusals.RemedyOutOfOrder):
        loans.compensate(work, remedy.id, 0)
    with counter.house.work(counter.chen) as work:
        loans.give_statement(work, remedy.id, "第三页被雨淋湿，已丢弃。")
        loans.rebuild(work, remedy.id, Rebuilt.MASTER, source="电子原件打印")
        loans.compensate(work, remedy.id, 5000, note="赔偿工本费")
        done = loans.note(work, remedy.id, "第3页为补制件")
    assert done.state is RemedyState.DONE
    assert counter.row(slip).state is LoanState.CLOSED_WITH_REMEDY
    assert counter.asks(counter.wang, paper).state is LoanState.SUBMITTED


def test_what_is_lost_stays_in_the_inventory_and_its_replacement_says_so(counter: Counter) -> None:
    paper, again = counter.paper(), counter.paper()
    slip = counter.out(counter.lin, paper)
    waiting = counter.asks(counter.wang, paper)
    with counter.house.work(counter.chen) as work:
        slip = loans.report_lost(work, slip.id, comment="搬家时遗失")
    assert slip.state is LoanState.REMEDY
    with pytest.raises(refusals.BorrowerOwesLost):
        counter.asks(counter.lin, again)
    with counter.house.archive.reading() as session:
        [remedy] = loans.remedies_of(session, slip.id)
    with counter.house.work(counter.chen) as work:
        loans.give_statement(work, remedy.id, "遗失")
        loans.rebuild(work, remedy.id, Rebuilt.ISSUER, source="开发商补发", replacement_id=again)
        loans.compensate(work, remedy.id, 0)
        loans.note(work, remedy.id, "原件遗失")
    assert counter.row(slip).state is LoanState.CLOSED_WITH_REMEDY
    assert not counter.row(waiting).queued
    with pytest.raises(refusals.ItemLost):
        counter.asks(counter.wang, paper)
    assert counter.house.document(paper).archival_no
    with counter.house.archive.reading() as session:
        said = loans.fates(session, documents=[paper, again])
    assert said[paper].lost and said[again].replacement and said[again].source == "开发商补发"


def test_reminders_go_by_their_days_once_each_and_catch_up_with_one(counter: Counter) -> None:
    slip = counter.out(counter.lin, counter.paper())  # due on 12 March
    counter.decider("sc_manager"), counter.decider("company_leader")
    told = {}
    for days, label in ((2, -1), (1, 0), (1, 1), (2, 3), (4, 7), (8, 15)):
        told[label] = counter.day_passes(days)
        assert loans.daily_round(counter.house.archive)["reminded"] == 0
    assert [counts["reminded"] for counts in told.values()] == [1] * 6
    assert told[15]["suspected"] == 1
    with counter.house.archive.reading() as session:
        asked = text("SELECT user_id, kind FROM notice WHERE subject = :s ORDER BY id")
        rows = session.execute(asked, {"s": slip.subject}).all()
        [remedy] = loans.remedies_of(session, slip.id)
    manager, leader = counter.decider("sc_manager").user_id, counter.decider("company_leader").user_id
    assert sum(user == manager and kind == "loan.overdue-here" for user, kind in rows) == 3
    assert sum(user == leader and kind == "loan.overdue-here" for user, kind in rows) == 2
    assert sum(user == counter.lin.user_id for user, _ in rows) == 7  # approved, and six
    assert remedy.state is RemedyState.SUSPECTED
    with pytest.raises(refusals.BorrowerOverdue):
        counter.asks(counter.lin, counter.paper())
    counter.checks(counter.brings_back(slip))
    with counter.house.archive.reading() as session:
        assert loans.remedies_of(session, slip.id)[0].state is RemedyState.DISMISSED


def test_missed_days_come_to_one_reminder_and_chasing_to_one_a_day(counter: Counter) -> None:
    slip = counter.out(counter.lin, counter.paper())
    with counter.house.work(counter.chen) as work, pytest.raises(refusals.NotDueYet):
        loans.chase(work, slip.id)
    assert counter.day_passes(11)["reminded"] == 1
    with counter.house.work(counter.chen) as work:
        loans.chase(work, slip.id)
    with counter.house.work(counter.chen) as work, pytest.raises(refusals.ChasedToday):
        loans.chase(work, slip.id)


def test_what_is_not_fetched_is_over(counter: Counter) -> None:
    paper = counter.paper()
    slip = counter.approved(counter.asks(counter.lin, paper))
    assert counter.day_passes(3)["expired"] == 0
    assert counter.day_passes(1)["expired"] == 1
    assert counter.row(slip).state is LoanState.EXPIRED
    assert counter.asks(counter.wang, paper).state is LoanState.SUBMITTED


def test_more_days_are_asked_for_in_time_and_given_by_the_same_levels(counter: Counter) -> None:
    slip = counter.out(counter.lin, counter.paper())
    with counter.house.work(counter.lin) as work:
        slip = loans.ask_renewal(work, slip.id, reason="核对未完")
    assert slip.state is LoanState.RENEWAL_REQUESTED
    slip = counter.approved(slip)
    assert (slip.state, slip.due_on, slip.renewals_used) == (LoanState.ISSUED, date(2026, 3, 16), 1)
    with counter.house.work(counter.lin) as work, pytest.raises(refusals.NoMoreRenewals):
        loans.ask_renewal(work, slip.id, reason="再延")
    late = counter.out(counter.wang, counter.paper())
    counter.house.clock.passes(days=3)
    with counter.house.work(counter.wang) as work, pytest.raises(refusals.RenewalTooLate):
        loans.ask_renewal(work, late.id, reason="晚了")


def test_what_is_brought_back_while_a_renewal_waits_is_taken_back(counter: Counter) -> None:
    slip = counter.out(counter.lin, counter.paper())
    with counter.house.work(counter.lin) as work:
        loans.ask_renewal(work, slip.id, reason="核对未完")
    assert counter.checks(counter.brings_back(slip)).state is LoanState.CLOSED


def test_a_view_is_open_to_its_borrower_covered_and_until_its_last_day(counter: Counter) -> None:
    paper = counter.paper(level=Level.PERSONAL, dept=Dept.KF)
    eng = counter.house.person("工", "auditor", "engineering")
    slip = counter.asks(eng, paper, use=UseMode.ELECTRONIC)
    assert slip.case is LoanCase.INTERNAL_MASKED
    slip = counter.approved(slip)
    assert (slip.state, slip.due_on) == (LoanState.ISSUED, date(2026, 3, 11))
    assert eng.user_id is not None
    with counter.house.archive.reading() as session:
        now = people.actor_of(session, eng.user_id, counter.house.clock.now(), "page")
        assert now is not None
        assert records.sight_of(now, records.document(session, now, paper)) is Sight.MASKED
        assert slip_of(now, records.document(session, now, paper)) == slip.number  # on every page
        assert bears_mark(Level.PUBLIC, slip.number) and not bears_mark(Level.PUBLIC)
        assert slip_of(counter.chen, records.document(session, counter.chen, paper)) == ""
    assert counter.day_passes(3)["views_ended"] == 1
    assert counter.row(slip).state is LoanState.CLOSED
    with counter.house.archive.reading() as session:
        then = people.actor_of(session, eng.user_id, counter.house.clock.now(), "page")
    assert then is not None and then.papers == ()


def test_views_are_nobodys_alone_and_need_no_word_in_ones_own_department(counter: Counter) -> None:
    paper = counter.paper(dept=Dept.KF)
    slips = [counter.asks(who, paper, use=UseMode.ELECTRONIC, days=7) for who in (counter.lin, counter.wang)]
    assert [slip.state for slip in slips] == [LoanState.APPROVED] * 2
    assert counter.hands_out(slips[0]).state is LoanState.ISSUED


def test_an_organisation_gets_a_stamped_copy_and_its_people_stay_covered(counter: Counter) -> None:
    told = {"borrower": BorrowerKind.ORGANISATION, "outsider": POLICE, "use": UseMode.COPY}
    slip = counter.asks(counter.lin, counter.paper(pages=4), **told)
    assert (slip.person, slip.contact, slip.organisation) == ("张*例", "138****0000", "示例派出所")
    assert slip.stamped and slip.case is LoanCase.EXTERNAL_COPY
    slip = counter.approved(slip)
    [item] = counter.items(slip)
    with counter.house.work(counter.chen) as work:
        slip = loans.issue(work, slip.id, [Handed(item.id, 4, copies=2)])
    assert slip.state is LoanState.CLOSED
    [item] = counter.items(slip)
    assert (item.copies, item.stamp_no) == (2, "FY-2026-0001")
    with counter.house.archive.reading() as session:
        kept = session.execute(text("SELECT person_sealed FROM loan")).scalar_one()
    assert "张示例".encode() not in bytes(kept)
    with pytest.raises(refusals.NeedsLegalBasis):
        counter.asks(counter.lin, counter.paper(), **told | {"use": UseMode.TAKE_OUT})


@pytest.mark.parametrize(
    ("told", "error"),
    [
        ({"days": 4}, refusals.TooManyDays),
        ({"until": date(2026, 3, 8), "days": 0}, refusals.DateInThePast),
        ({"days": 0}, refusals.DateInThePast),
        ({"purpose": Purpose.OTHER}, refusals.NeedsPurpose),
        ({"items": ()}, refusals.NoItems),
        ({"borrower": BorrowerKind.ORGANISATION}, refusals.NeedsIdentityCheck),
    ],
)
def test_a_wrong_form_is_refused_in_words(
    counter: Counter, told: dict[str, object], error: type[Exception]
) -> None:
    with pytest.raises(error):
        counter.asks(counter.lin, counter.paper(), **told)
    assert counter.asks(counter.lin, counter.paper()).number == "JY-2026-0001"  # no number was lost


def test_originals_of_accounts_and_as_built_drawings_do_not_leave(counter: Counter) -> None:
    boss = counter.decider("sc_manager")
    receipt = counter.paper("KU.01", level=Level.CONFIDENTIAL)
    with pytest.raises(refusals.UseNotAllowed):
        counter.asks(boss, receipt)
    slip = counter.asks(boss, receipt, use=UseMode.ON_SITE, days=1)
    assert slip.case is LoanCase.ACCOUNTING


def test_the_undertaking_is_accepted_in_the_version_that_was_shown(counter: Counter) -> None:
    with counter.house.work(counter.lin) as work, pytest.raises(refusals.NeedsUndertaking):
        loans.request(work, counter.seal, counter.form(counter.paper()), undertaking="0")


def test_who_has_left_is_handed_nothing(counter: Counter) -> None:
    slip = counter.approved(counter.asks(counter.lin, counter.paper()))
    admin = counter.house.person("管", "it_admin")
    assert counter.lin.user_id is not None
    with counter.house.work(admin) as work:
        people.disable(work, counter.lin.user_id)
    with pytest.raises(refusals.BorrowerLeft):
        counter.hands_out(slip)


def test_a_foreign_item_and_a_wrong_count_are_refused_at_the_desk(counter: Counter) -> None:
    slip = counter.approved(counter.asks(counter.lin, counter.paper(pages=3)))
    other = counter.asks(counter.wang, counter.paper())
    [mine], [foreign] = counter.items(slip), counter.items(other)
    for handed, error in (
        ([Handed(foreign.id, 1)], refusals.ForeignItem),
        ([], refusals.ItemsLeft),
        ([Handed(mine.id, 2)], refusals.PageCountDiffers),
    ):
        with counter.house.work(counter.chen) as work, pytest.raises(error):
            loans.issue(work, slip.id, handed)
    with counter.house.work(counter.chen) as work, pytest.raises(refusals.LoanMoved):
        loans.issue(work, slip.id, [Handed(mine.id, 3)], seen=slip.revision - 1)


@pytest.mark.parametrize(
    "wrong",
    [
        "UPDATE loan_change SET comment = 'x'",
        "DELETE FROM loan_change",
        "DELETE FROM loan",
        "UPDATE loan SET number = 'JY-2026-9999'",
        "UPDATE loan SET issued_by = borrower_id",
        "UPDATE loan SET state = 'closed'",
        "UPDATE loan_rule SET days = 99",
    ],
)
def test_the_database_refuses_what_must_never_happen(counter: Counter, wrong: str) -> None:
    counter.out(counter.lin, counter.paper())
    with pytest.raises(DBAPIError), counter.house.archive.sessions.writing() as session:
        session.execute(text(wrong))


def test_a_row_of_the_table_is_changed_with_a_reason_and_keeps_its_history(counter: Counter) -> None:
    from dataclasses import replace

    head = counter.decider("archive_head")
    with counter.house.archive.reading() as session:
        row = loans.rules(session)[LoanCase.TAKE_OUT]
    longer = replace(row.rule, days=5)
    with counter.house.work(counter.lin) as work, pytest.raises(Forbidden):
        loans.change_rule(work, longer, reason="太短", seen=1)
    with counter.house.work(head) as work:
        assert loans.change_rule(work, longer, reason="太短", seen=1).revision == 2
    with counter.house.work(head) as work, pytest.raises(refusals.RuleMoved):
        loans.change_rule(work, row.rule, reason="改回", seen=1)
    with counter.house.archive.reading() as session:
        assert [one.rule.days for one in loans.rule_history(session, LoanCase.TAKE_OUT)] == [5, 3]
    assert counter.asks(counter.lin, counter.paper(), days=5).state is LoanState.SUBMITTED
    with counter.house.work() as work:
        assert loans.load_shipped_rules(work) == 0


@pytest.mark.parametrize(
    ("outcome", "counted"),
    [
        (Outcome.LOST, 1),
        (Outcome.INCOMPLETE, 3),
        (Outcome.INCOMPLETE, 4),
        (Outcome.DAMAGED, 2),
        (Outcome.WHOLE, 2),
    ],
)
def test_a_count_that_contradicts_what_is_said_of_it_is_refused(
    counter: Counter, outcome: Outcome, counted: int
) -> None:
    back = counter.brings_back(counter.out(counter.lin, counter.paper(pages=3)))
    item = counter.items(back)[0]
    with pytest.raises(refusals.PageCountDiffers), counter.house.work(counter.chen) as work:
        loans.check(work, back.id, [loans.Finding(item.id, outcome, counted)])
    assert counter.row(back).state is LoanState.RETURN_PENDING_CHECK


def test_places_in_line_are_counted_at_once(counter: Counter) -> None:
    file = counter.file()
    papers = [counter.paper(file=file) for _ in range(4)]
    counter.out(counter.wang, *papers)
    whole = counter.asks(counter.lin, file)
    others = counter.asks(counter.wang, *papers)
    few = counter.asks(counter.lin, papers[0])
    engine = counter.house.archive.sessions.engine
    with counter.house.archive.reading() as session:
        with counted(engine) as many:
            assert [one.place_in_line for one in loans.items_of(session, counter.chen, others.id)] == [
                2,
                2,
                2,
                2,
            ]
        with counted(engine) as one:
            assert [one.place_in_line for one in loans.items_of(session, counter.chen, few.id)] == [3]
        assert [one.place_in_line for one in loans.items_of(session, counter.chen, whole.id)] == [1]
    assert many.count == one.count
