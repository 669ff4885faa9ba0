"""Reminders and the calendar on the command line, and what ``archive check`` says of a missing year."""

import json
from datetime import UTC, datetime
from pathlib import Path

import click
from click.testing import CliRunner, Result

from archive_service import reminders
from archive_service.home.cli import check
from archive_service.kernel.actor import Actor
from archive_service.reminders import Places, Trouble
from archive_service.reminders.cli import reminders as reminders_command
from archive_service.working_days.cli import working_days as calendar_command
from tests.support.house import House

TABLE = "日期,至,休/班,名称\n2027-01-01,2027-01-03,休,元旦\n2027-01-09,,班,元旦\n"


def run(house: House, command: click.Command, *words: str) -> Result:
    return CliRunner().invoke(command, words, obj=house.archive)


def done(house: House, command: click.Command, *words: str) -> str:
    result = run(house, command, *words)
    assert result.exit_code == 0, result.output
    return result.stdout.strip()


def _lin(house: House) -> Actor:
    return house.person("林", "front_desk")


def test_a_trial_is_sent_and_what_failed_is_told(house: House) -> None:
    lin = _lin(house)
    assert "nothing else is set" in done(house, reminders_command, "trial", "--to", "林")
    with house.archive.reading() as session:
        (told,) = reminders.notices(session, lin)
    with house.work() as work:
        reminders.prepare_deliveries(work, told.id, Places(False, ("wecom#1 qyapi.weixin.qq.com",)))
        reminders.not_sent(work, reminders.DeliveryId(1), Trouble.TOO_SLOW)
    assert "did not answer in time" in done(house, reminders_command, "failures")
    (row,) = json.loads(done(house, reminders_command, "failures", "--json"))
    assert (row["state"], row["trouble"], row["tries"]) == ("failed", "too-slow", 1)
    assert run(house, reminders_command, "trial", "--to", "nobody").exit_code == 1


def test_the_calendar_is_shown_counted_changed_and_entered(house: House, tmp_path: Path) -> None:
    house.person("洪", "archive_head")
    _lin(house)
    assert "2026-02-28 work 春节" in done(house, calendar_command, "show", "2026")
    assert done(house, calendar_command, "add", "2026-09-30", "1") == "2026-10-08"
    changed = ("set", "2026-09-08", "off", "--name", "台风停工", "--reason", "市政府通知", "--as")
    assert "role does not allow" in run(house, calendar_command, *changed, "林").output
    assert done(house, calendar_command, *changed, "洪") == "2026-09-08 off"
    file = tmp_path / "2027.csv"
    file.write_text(TABLE)
    words = ("import", "2027", str(file), "--source", "国务院办公厅的通知", "--as", "洪")
    assert done(house, calendar_command, *words, "--dry-run").endswith("4 days would change")
    assert done(house, calendar_command, *words).endswith("4 days changed")
    told = json.loads(done(house, calendar_command, "show", "2027", "--json"))
    assert (told["complete"], len(told["days"])) == (True, 4)
    file.write_text("日期,至,休/班,名称\n2027-13-01,,休,元旦\n")
    wrong = run(house, calendar_command, *words)
    assert wrong.exit_code == 1 and "row 2" in wrong.output


def test_check_says_that_next_year_is_missing_and_that_is_no_fault(house: House) -> None:
    assert "working calendar" not in done(house, check)
    house.clock.at = datetime(2026, 12, 1, 1, 0, tzinfo=UTC)
    assert "working calendar: 2027 is missing" in done(house, check)
    assert json.loads(done(house, check, "--json"))["years_missing"] == [2027]
