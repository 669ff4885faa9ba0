"""A small file system of its own for the bytes: it fills up, says so, and the service goes on without a restart."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.service import serving


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """16 MB to keep blobs in."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = (
        os.geteuid() == 0
        and not subprocess.run(
            ["mount", "-t", "tmpfs", "-o", "size=16m", "tmpfs", str(place)], capture_output=True, check=False
        ).returncode
    )
    if not mounted:
        pytest.skip(
            "mounting a small file system needs root; the store's own tests fill its limits without it"
        )
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


def test_a_full_disk_is_said_plainly_and_nothing_is_half_kept(tmp_path: Path, small_disk: Path) -> None:
    with serving(tmp_path / "data", ARCHIVE_BLOBS_URL=f"file:{small_disk}/blobs") as service:
        token = service.token_for("chen", "archivist")
        with service.client(token) as client:
            small = client.post("/api/v1/documents", files={"file": ("前.txt", b"before")})
            assert small.status_code == 201
            for language, words in (("zh-CN", "磁盘已满"), ("en", "disk is full")):
                refused = client.post(
                    "/api/v1/documents",
                    files={"file": ("大.bin", os.urandom(20 << 20))},
                    headers={"Accept-Language": language},
                )
                assert refused.status_code == 507
                assert refused.json()["code"] == "storage-full"
                assert words in refused.json()["detail"]
            listed = client.get("/api/v1/documents").json()
            assert listed["total"] == 1
            content = client.get(f"/api/v1/documents/{small.json()['id']}/versions/1/content")
            assert content.content == b"before"
            again = client.post("/api/v1/documents", files={"file": ("后.txt", b"after")})
            assert again.status_code == 201
