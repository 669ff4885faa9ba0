"""The examples of docs/api.md do what they say, in the order in which they stand there."""

import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from archive_service import people
from archive_service.kernel.clock import SystemClock
from archive_service.people import Scope
from tests.support.house import House
from tests.support.web_server import web_server

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"


@pytest.fixture
def database_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A real server is slow to start: once is enough."""
    data = tmp_path / "data"
    data.mkdir(mode=0o700)
    shutil.copy(sqlite_template, data / "archive.sqlite3")
    return f"sqlite:///{data / 'archive.sqlite3'}"


def test_the_examples_work_as_they_stand(house: House, tmp_path: Path) -> None:
    examples = re.findall(r"^```sh\n(.*?)^```", DOCUMENT.read_text("utf-8"), re.MULTILINE | re.DOTALL)
    assert len(examples) >= 8
    chen = house.person("chen", "archivist")
    assert chen.user_id is not None
    with house.work() as work:
        work.now = SystemClock().now()  # the server goes by the machine's clock
        _, token = people.create_token(work, chen.user_id, name="docs", scopes=list(Scope))
    place = tmp_path / "at-work"
    place.mkdir()
    with web_server(house.archive.settings) as server:
        done = subprocess.run(
            # Nothing works in the background here, so what waits for it does so in vain, and needs no pause.
            ["bash", "-euo", "pipefail", "-c", "\n".join(["sleep() { :; }", *examples])],
            cwd=place,
            env={**os.environ, "ARCHIVE": server.url, "TOKEN": token, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
    assert done.returncode == 0, done.stdout + done.stderr
    told = done.stdout
    assert told.startswith('{"total":0,"page":1,"size":50,"documents":[]}')
    assert '"state": "received"' in told
    assert "%PDF" in told
    assert '"class_code":"YZ.01"' in told
    assert '"version": 2' in told
    assert '"complete"' in told
    assert '{"status":"alive"}' in told
    assert "The field “role” is not known here." in told
