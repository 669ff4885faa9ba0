"""Jobs that an administrator runs by hand say how they ended."""

import json
import os
import subprocess
import sys
from datetime import datetime
from pathlib import Path

import pytest


def archive(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "archive_service.cli", *words],
        env={**os.environ, "ARCHIVE_DATA_DIR": str(folder), "TZ": "America/New_York"},
        capture_output=True,
        text=True,
        check=False,
        timeout=300,
    )


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("jobs") / "data"
    assert archive(folder, "migrate").returncode == 0
    ran = archive(folder, "jobs", "run", "housekeeping")
    assert ran.returncode == 0
    assert ran.stdout.startswith("housekeeping: done: messages=0")
    return folder


def test_a_job_that_there_is_not_is_refused(folder: Path) -> None:
    answer = archive(folder, "jobs", "run", "tea")
    assert answer.returncode == 1
    assert "no job is called tea" in answer.stderr


def test_the_list_tells_the_counters_time_and_the_instant(folder: Path) -> None:
    lines = archive(folder, "jobs", "list").stdout.splitlines()
    (line,) = (line for line in lines if line.startswith("housekeeping "))
    rows = json.loads(archive(folder, "jobs", "list", "--json").stdout)
    (row,) = (row for row in rows if row["name"] == "housekeeping")
    began = datetime.fromisoformat(row["started_at"])
    there = datetime.fromisoformat(f"{line.split()[2]} {line.split()[3]}+08:00")
    assert there == began
    assert [row["state"] for row in rows if row["name"] == "blob_sweep"] == ["never"]
