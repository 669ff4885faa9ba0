from pathlib import Path

import psutil

from tests.support.service import serving
from tests.trials import kills


def test_thirty_kills_lose_nothing_that_was_acknowledged(tmp_path: Path) -> None:
    """Of papers sent whole and of papers sent in parts; everything, or one part of the service, at any moment."""
    outcome = kills.trial(tmp_path / "data", rounds=30)
    assert outcome.acknowledged > 30
    assert outcome.by_tus > 10
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
