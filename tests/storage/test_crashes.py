"""A process is killed at every system call that changes the disk, in turn; then everything is looked at."""

import json
import os
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from storage import LocalBlobStore, PartMissing

from . import crashing

REPOSITORY = Path(__file__).parents[2]


def rounds_of(story, directory):
    """Every round's directory, the unkilled last ones of both series included."""
    subprocess.run(
        [sys.executable, "-m", "tests.storage.crashing", story, str(directory)],
        check=True,
        cwd=REPOSITORY,
        env={**os.environ, "PYTHONPATH": str(REPOSITORY)},
    )
    return sorted(directory.iterdir())


def promises_of(round_):
    lines = (round_ / "acknowledged").read_text().splitlines()
    return [tuple(json.loads(line)) for line in lines]


def inspect(round_):
    """The store after a restart. Nothing promised is missing, and no name lies about its bytes."""
    store = LocalBlobStore(round_ / "blobs")
    promises = promises_of(round_)
    for kind, value in promises:
        if kind == "blob":
            store.verify(value)
    for entry in store.entries():
        store.verify(entry.digest)
    return store, promises


def everything_is_swept(store, round_, wanted):
    """Leftovers go once they are old, what was promised stays."""
    later = datetime.now(UTC) + timedelta(days=2)
    store.sweep(lambda asked: set(asked) & wanted, later)
    for directory in ("staging", "trash"):
        assert list((round_ / "blobs" / directory).iterdir()) == []
    assert {entry.digest for entry in store.entries()} == wanted


@pytest.mark.parametrize("story", ["put", "put_many"])
def test_killed_while_putting(tmp_path, story):
    rounds = rounds_of(story, tmp_path)
    assert len(rounds) > 20
    for round_ in rounds:
        store, _ = inspect(round_)
        wanted = set()
        crashing.STORIES[story](store, lambda _, digest, wanted=wanted: wanted.add(digest))
        everything_is_swept(store, round_, wanted)
        for digest in wanted:
            store.verify(digest)


def test_killed_during_an_upload(tmp_path):
    first, whole = b"".join(crashing.FIRST), b"".join(crashing.FIRST + crashing.LAST)
    rounds = rounds_of("upload", tmp_path)
    assert len(rounds) > 30
    for round_ in rounds:
        store, promises = inspect(round_)
        offsets = [value for kind, value in promises if kind == "offset"]
        try:
            offset = store.parts.offset(crashing.KEY)
        except PartMissing:
            # Never begun, or sealed already.
            if offsets:
                [sealed] = store.entries()
                assert sealed.size == len(whole)
                assert offsets[-1] == len(whole)
            continue
        assert offset >= max(offsets, default=0)
        # What had been sent under a checksum counts as a whole or not at all.
        assert offset <= len(first) or offset == len(whole)

        assert store.parts.append(crashing.KEY, offset, [whole[offset:]], limit=len(whole)) == len(whole)
        blob = store.parts.seal(crashing.KEY)
        with store.open(blob.digest) as file:
            assert file.read() == whole
        assert list((round_ / "blobs" / "parts").iterdir()) == []


def test_killed_during_a_sweep(tmp_path):
    rounds = rounds_of("sweep", tmp_path)
    assert len(rounds) > 20
    for round_ in rounds:
        store, _ = inspect(round_)
        wanted = {
            store.put([data]).digest
            for data in (crashing.OLD_AND_WANTED, crashing.OLD_AND_LATE, crashing.YOUNG)
        }
        everything_is_swept(store, round_, wanted)
