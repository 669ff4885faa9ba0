"""What holds when several do the same thing at the same time."""

from concurrent.futures import ThreadPoolExecutor

from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.kernel.errors import ArchiveError
from archive_service.people import make_setup_link, people, service
from archive_service.people.queries import browser_session
from archive_service.people.rules.roles import Role
from tests.people.visitor import PASSWORD, Visitor, add_person
from tests.support.clock import MovableClock


def begins(archive: Archive, address: str) -> bool:
    try:
        with archive.sessions.writing() as session:
            service.begin_try(session, archive.clock.now(), "chen", address)
    except service.TooManyTries:
        return False
    return True


def test_twenty_guesses_at_once_are_five(archive: Archive) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda _: begins(archive, "192.0.2.7"), range(20))) == 5


def test_guesses_from_everywhere_at_once_are_fifty(archive: Archive) -> None:
    with ThreadPoolExecutor(8) as pool:
        assert sum(pool.map(lambda number: begins(archive, f"192.0.2.{number}"), range(80))) == 50


def test_two_start_links_used_at_once_make_one_administrator(archive: Archive) -> None:
    with archive.unit_of_work(service_actor("cli")) as work:
        token = make_setup_link(work)

    passwords = {name: service.hash_password(PASSWORD, name) for name in ("anna", "bert", "carl", "dora")}

    def set_up(name: str) -> bool:
        try:
            with archive.unit_of_work(service_actor("setup")) as work:
                service.create_first_administrator(
                    work, token, name=name, display_name="", password=passwords[name], also_archivist=False
                )
        except ArchiveError:
            return False
        return True

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(set_up, passwords)) == 1
    with archive.reading() as session:
        assert len(people(session, archive.clock.now())) == 1


def test_one_code_used_twice_at_once_opens_once(archive: Archive) -> None:
    chen = add_person(archive, "chen", Role.ARCHIVIST)

    def take(_number: int) -> bool:
        with archive.unit_of_work(service_actor("page")) as work:
            return service.take_code(work, chen, 59_000_000)

    with ThreadPoolExecutor(4) as pool:
        assert sum(pool.map(take, range(8))) == 1


def test_a_session_that_ended_meanwhile_stays_ended(
    archive: Archive, visitor: Visitor, clock: MovableClock
) -> None:
    chen = add_person(archive, "chen", Role.FRONT_DESK)
    with archive.sessions.writing() as session:
        service.open_session(session, clock.now(), "a" * 64, user_id=chen, data="{}", agent="")
    with archive.reading() as session:
        row = browser_session(session, "a" * 64, clock.now())
    assert row is not None
    with archive.unit_of_work(service_actor("cli")) as work:
        service.disable(work, chen)
    with archive.sessions.writing() as session:
        assert not service.keep_session(session, clock.now(), row, "{}")
        assert browser_session(session, "a" * 64, clock.now()) is None


def test_ended_sessions_are_swept(archive: Archive, clock: MovableClock) -> None:
    with archive.sessions.writing() as session:
        for number in range(3):
            service.open_session(session, clock.now(), str(number) * 64, user_id=None, data="{}", agent="")
    clock.passes(hours=7)
    with archive.sessions.writing() as session:
        service.open_session(session, clock.now(), "9" * 64, user_id=None, data="{}", agent="")
    clock.passes(hours=1)
    with archive.sessions.writing() as session:
        assert service.sweep_sessions(session, clock.now()) == 3
        assert browser_session(session, "9" * 64, clock.now()) is not None
