"""Whoever brings papers, or looks after the service, is told when nobody reads them."""

import json

import pytest
from click.testing import CliRunner

from archive_service import jobs
from archive_service.home.cli import check
from archive_service.jobs import WorkerCard
from archive_service.kernel.actor import Actor
from tests.support.house import House
from tests.support.pages import Desk, text_of

SILENT = "后台没有运行"
IN_PART = "后台只有一部分在运行"


@pytest.fixture
def admin(house: House) -> Actor:
    return house.person("管理", "it_admin")


def works(house: House, *queues: str) -> None:
    with house.archive.sessions.writing() as session:
        now = house.clock.now()
        jobs.sign(session, now, WorkerCard("w", "server-1", 4711, queues or jobs.QUEUES, now))


def page(desk: Desk, actor: Actor, url: str = "/") -> str:
    return text_of(desk.sits(actor).get(url).text)


def test_a_service_that_just_starts_alarms_nobody(house: House, desk: Desk, admin: Actor) -> None:
    house.clock.at += jobs.SILENT_AFTER / 2
    assert SILENT not in page(desk, admin)


def test_when_nobody_works_each_is_told_what_to_do(house: House, desk: Desk, admin: Actor) -> None:
    clerk, auditor = house.person("陈", "archivist"), house.person("何", "auditor")
    house.clock.at += jobs.SILENT_AFTER
    told = page(desk, clerk)
    for words in (SILENT, "上传的文件会妥善保存，不会丢失", "请告诉系统管理员"):
        assert words in told
    assert "archive up" not in told
    for url in ("/", "/system"):
        told = page(desk, admin, url)
        assert SILENT in told and "archive up" in told
    assert SILENT not in page(desk, auditor)
    with desk.reads("en"):
        assert "The background is not running" in page(desk, clerk)


def test_a_sign_of_life_ends_the_alarm_and_silence_brings_it_back(
    house: House, desk: Desk, admin: Actor
) -> None:
    house.clock.at += jobs.SILENT_AFTER
    works(house)
    told = page(desk, admin, "/system")
    assert SILENT not in told
    for words in ("后台进程", "server-1", "4711", "运行中"):
        assert words in told
    house.clock.at += jobs.SILENT_AFTER
    told = page(desk, admin, "/system")
    assert SILENT in told and "无响应" in told and "server-1" in told


def test_what_no_worker_takes_is_named(house: House, desk: Desk, admin: Actor) -> None:
    house.clock.at += jobs.SILENT_AFTER
    works(house, "index", "jobs")
    told = page(desk, admin)
    assert IN_PART in told and "识读新文件" in told and "archive worker read" in told


def test_the_check_tells_and_finds_no_fault_in_a_stopped_service(house: House) -> None:
    def checked(*options: str) -> str:
        done = CliRunner().invoke(check, options, obj=house.archive)
        assert done.exit_code == 0, done.output
        return done.output

    assert "archive up" in checked() and SILENT.removeprefix("后台") in checked()
    works(house, "read")
    assert "archive worker index jobs" in checked()
    works_all = json.loads(checked("--json"))
    assert (works_all["workers"], works_all["unattended"]) == (1, ["index", "jobs"])
