"""R6: many people ask for one paper at the same moment, again and again; one slip gets it, the rest stand in line."""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from archive_service import classification, loans, migrations, working_days
from archive_service.bootstrap import open_archive
from archive_service.kernel.actor import service_actor
from archive_service.settings import Settings
from tests.loans.counter import Counter
from tests.loans.racing import Came, borrowers, race
from tests.support import once, servers
from tests.support.clock import MovableClock
from tests.support.house import House


@dataclass(frozen=True, slots=True)
class Outcome:
    rounds: int
    wrong: int

    @property
    def clean(self) -> bool:
        return self.rounds > 0 and self.wrong == 0


def trial(data: Path, rounds: int, people: int, *, postgres: bool, say: Callable[[str], None]) -> Outcome:
    """In every other round the slips were written before and are handed in only."""
    with ExitStack() as stack:
        stack.enter_context(once.things_once())
        url = None
        if postgres:
            server = stack.enter_context(servers.postgres())
            url = servers.create_database(server, "loans").render_as_string(hide_password=False)
        data.mkdir(mode=0o700, parents=True, exist_ok=True)
        settings = Settings(data_dir=data) if url is None else Settings(data_dir=data, database_url=url)
        archive = open_archive(settings, MovableClock())
        stack.callback(archive.close)
        migrations.upgrade(archive.sessions.engine)
        with archive.unit_of_work(service_actor("cli")) as work:
            classification.load_shipped_plan(work)
            working_days.load_shipped_years(work)
            loans.load_shipped_rules(work)
        counter = Counter(House(archive, MovableClock()))
        who = borrowers(counter, people)
        expected, wrong = Came(1, people - 1, people - 1), 0
        for number in range(1, rounds + 1):
            came = race(counter, who, counter.paper(), written_before=number % 2 == 0)
            if came != expected:
                wrong += 1
                say(f"round {number}: {came}")
            elif number % 10 == 0:
                say(f"round {number}: one of {people} each time")
    return Outcome(rounds, wrong)
