import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import Digest, LocalBlobStore

NOW = datetime.now(UTC)
YESTERDAY = NOW - timedelta(days=1)
KEY = "0123456789abcdef" * 2


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return tmp_path / "blobs"


@pytest.fixture
def store(root: Path) -> LocalBlobStore:
    return LocalBlobStore(root)


@pytest.fixture
def on_shelf(root: Path) -> Callable[[Digest], Path]:
    """Where a blob stands on the disk."""
    return lambda digest: root / "sha256" / digest[:2] / digest


@pytest.fixture
def grow_old(on_shelf: Callable[[Digest], Path]) -> Callable[[Digest], None]:
    """Makes a blob look as if it had been put a week ago."""
    week_ago = (NOW - timedelta(days=7)).timestamp()
    return lambda digest: os.utime(on_shelf(digest), (week_ago, week_ago))
