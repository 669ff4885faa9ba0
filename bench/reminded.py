"""What people of the sample centre are told, and a day on which it was closed."""

from datetime import date

from archive_service import reminders, working_days
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import Actor
from archive_service.people.service import set_email
from archive_service.reminders.rules import TRIAL

CLOSED = date(2026, 9, 8)


def fill_reminders(archive: Archive, *, head: Actor, told: Actor) -> None:
    """Once: a day of storm in the calendar, and an unread notice with an address to which mails would go."""
    assert told.user_id is not None
    with archive.unit_of_work(head) as work:
        known = working_days.year_row(work.session, CLOSED.year)
        if CLOSED not in known.by_day:
            working_days.change_day(
                work, CLOSED, False, name="台风停工", reason="市三防指挥部停工通知", seen=known.revision
            )
    with archive.unit_of_work(told) as work:
        set_email(work, told.user_id, "chen@yunqi.example.cn")
        reminders.notify(work, told.user_id, TRIAL, f"user:{told.user_id}", "demo:trial", {})
