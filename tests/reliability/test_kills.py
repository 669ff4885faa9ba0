from pathlib import Path

import psutil

from tests.support.service import serving
from tests.trials import kills, worker_kills


def test_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Of papers sent whole and of papers sent in parts; everything, or one part of the service, at any moment. A few
    of the hundreds that ``make trials`` makes."""
    outcome = kills.trial(tmp_path / "data", rounds=8)
    assert outcome.acknowledged > 8
    assert outcome.by_tus > 2
    assert outcome.clean, outcome


def test_a_worker_killed_while_it_reads_leaves_no_paper_behind_and_reads_none_twice(tmp_path: Path) -> None:
    """The worker's broker is its own memory and dies with it; what it had in hand stands in the database."""
    outcome = worker_kills.trial(tmp_path / "data", times=3)
    assert outcome.rounds == 3
    assert outcome.clean, outcome


def test_a_killed_web_server_leaves_nobody_on_its_port(tmp_path: Path) -> None:
    """What stayed there would answer for a service that has been replaced."""
    with serving(tmp_path / "data") as service:
        (web,) = (
            process
            for process in service.family()
            if process.cmdline()[-2:] == ["archive_service.cli", "web"]
            and process.ppid() == service.family()[0].pid
        )
        under = web.children(recursive=True)
        assert under
        web.kill()
        _, alive = psutil.wait_procs(under, timeout=30)
        for process in alive:
            process.kill()
        assert not alive
