"""A disk that is full or failing: nothing is acknowledged, reading goes on, it mends without a restart."""

import errno
import os
import resource
import subprocess
import threading
from contextlib import contextmanager

import pytest

from storage import (
    Blob,
    BlobDamaged,
    BlobMissing,
    LocalBlobStore,
    PartMissing,
    StorageError,
    StoreFailed,
    StoreFull,
)

from .conftest import KEY, YESTERDAY

FULL = [errno.ENOSPC, errno.EDQUOT, errno.EFBIG]


@contextmanager
def failing(monkeypatch, name, number, nth):
    """The ``nth`` call of ``os.<name>`` from here fails with this error, once."""
    real = getattr(os, name)
    calls, counting = 0, threading.Lock()

    def call(*args, **kwargs):
        nonlocal calls
        with counting:
            calls += 1
            mine = calls
        if mine == nth:
            raise OSError(number, os.strerror(number))
        return real(*args, **kwargs)

    with monkeypatch.context() as patch:
        patch.setattr(os, name, call)
        yield
    assert calls >= nth, f"os.{name} was called {calls} times only"


# Of one put: the staging file made, two writes, the file's sync, its new name, the shelf's sync.
STEPS_OF_A_PUT = [
    ("open", 1),
    ("pwrite", 1),
    ("pwrite", 2),
    ("fsync", 1),
    ("rename", 1),
    ("fsync", 2),
]


@pytest.mark.parametrize("number", [*FULL, errno.EIO])
@pytest.mark.parametrize(("name", "nth"), STEPS_OF_A_PUT)
def test_whichever_step_of_a_put_fails(store, root, monkeypatch, name, nth, number):
    earlier = store.put([b"earlier"])
    expected = StoreFull if number in FULL else StoreFailed

    with failing(monkeypatch, name, number, nth), pytest.raises(expected) as caught:
        store.put([b"first half, ", b"second half"])

    assert caught.value.code == ("storage.full" if number in FULL else "storage.failed")
    assert list((root / "staging").iterdir()) == []
    store.verify(earlier.digest)
    store.verify(store.put([b"first half, ", b"second half"]).digest)


def test_a_name_that_was_not_made_durable_is_given_anew(store, on_shelf, monkeypatch):
    with failing(monkeypatch, "fsync", errno.EIO, 2), pytest.raises(StoreFailed):
        store.put([b"named, perhaps"])
    [doubtful] = store.entries()
    inode = on_shelf(doubtful.digest).stat().st_ino

    renewed = store.put([b"named, perhaps"])
    assert on_shelf(renewed.digest).stat().st_ino != inode
    again = on_shelf(renewed.digest).stat().st_ino
    store.put([b"named, perhaps"])
    assert on_shelf(renewed.digest).stat().st_ino == again


def test_an_upload_whose_name_was_not_made_durable_is_confirmed_by_a_new_name(
    store, root, on_shelf, monkeypatch
):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"named, perhaps"], limit=100)
    with failing(monkeypatch, "fsync", errno.EIO, 2), pytest.raises(StoreFailed):
        store.parts.seal(KEY)
    [doubtful] = store.entries()
    inode = on_shelf(doubtful.digest).stat().st_ino

    for step in (1, 2):  # of the copy: its bytes, its name
        with failing(monkeypatch, "fsync", errno.EIO, step), pytest.raises(StoreFailed):
            store.confirm(doubtful.digest)
    assert store.confirm(doubtful.digest) == Blob(doubtful.digest, 14)
    renewed = on_shelf(doubtful.digest).stat().st_ino
    assert renewed != inode
    assert list((root / "staging").iterdir()) == []
    store.verify(doubtful.digest)

    store.confirm(doubtful.digest)
    assert on_shelf(doubtful.digest).stat().st_ino == renewed


def test_damaged_bytes_do_not_get_their_name_anew(store, on_shelf, monkeypatch):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"named, perhaps"], limit=100)
    with failing(monkeypatch, "fsync", errno.EIO, 2), pytest.raises(StoreFailed):
        store.parts.seal(KEY)
    [doubtful] = store.entries()
    on_shelf(doubtful.digest).chmod(0o600)
    on_shelf(doubtful.digest).write_bytes(b"something else")
    with pytest.raises(BlobDamaged):
        store.confirm(doubtful.digest)


@pytest.mark.parametrize("number", [*FULL, errno.EIO])
@pytest.mark.parametrize("nth", [1, 2])
def test_what_can_not_be_synced_is_not_confirmed(store, monkeypatch, nth, number):
    blob = store.put([b"a scan"])
    expected = StoreFull if number in FULL else StoreFailed
    with failing(monkeypatch, "fsync", number, nth), pytest.raises(expected):
        store.confirm(blob.digest)
    assert store.confirm(blob.digest) == blob


@pytest.mark.parametrize(("name", "nth"), [("pwrite", 3), ("fsync", 2), ("rename", 3), ("fsync", 6)])
def test_many_pictures_of_which_one_fails(store, root, monkeypatch, name, nth):
    pictures = [b"page 1", b"page 2", b"page 3", b"page 4"]
    with failing(monkeypatch, name, errno.ENOSPC, nth), pytest.raises(StoreFull):
        store.put_many(pictures)
    assert list((root / "staging").iterdir()) == []
    for blob in store.put_many(pictures):
        store.verify(blob.digest)


def test_a_short_write_is_carried_on(store, monkeypatch):
    real = os.pwrite
    with monkeypatch.context() as patch:
        patch.setattr(os, "pwrite", lambda fd, data, at: real(fd, bytes(data)[:7], at))
        blob = store.put([b"written in many small steps by a slow disk"])
        store.parts.create(KEY)
        store.parts.append(KEY, 0, [b"written in many small steps by a slow disk"], limit=100)
    store.verify(blob.digest)
    assert store.parts.seal(KEY) == blob


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EIO])
def test_a_failed_write_to_an_upload_keeps_what_fitted(store, monkeypatch, number):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"one "], limit=100)
    with failing(monkeypatch, "pwrite", number, 2), pytest.raises(StorageError):
        store.parts.append(KEY, 4, [b"two ", b"three"], limit=100)
    assert store.parts.offset(KEY) == 8
    store.parts.append(KEY, 8, [b"three"], limit=100)
    store.verify(store.parts.seal(KEY).digest)


def test_an_upload_whose_sync_failed_is_not_trusted_again(store, root, monkeypatch):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"one "], limit=100)
    with failing(monkeypatch, "fsync", errno.EIO, 1), pytest.raises(StoreFailed):
        store.parts.append(KEY, 4, [b"two"], limit=100)
    with pytest.raises(PartMissing):
        store.parts.offset(KEY)
    assert list((root / "parts").iterdir()) == []
    store.parts.create(KEY)


def test_an_upload_that_can_not_be_taken_back_is_not_trusted_again(store, monkeypatch):
    store.parts.create(KEY)
    with failing(monkeypatch, "ftruncate", errno.EIO, 1), pytest.raises(StoreFailed):
        store.parts.append(KEY, 0, [b"12345", b"6789"], limit=5)
    with pytest.raises(PartMissing):
        store.parts.offset(KEY)


def test_an_upload_that_could_not_be_begun_is_not_there(store, monkeypatch):
    for name, nth in [("open", 1), ("fsync", 1), ("fsync", 2)]:
        with failing(monkeypatch, name, errno.ENOSPC, nth), pytest.raises(StoreFull):
            store.parts.create(KEY)
        with pytest.raises(PartMissing):
            store.parts.offset(KEY)
    store.parts.create(KEY)


def test_a_seal_that_finds_no_room_for_the_name_can_be_tried_again(store, monkeypatch):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"finished"], limit=100)
    with failing(monkeypatch, "rename", errno.ENOSPC, 1), pytest.raises(StoreFull):
        store.parts.seal(KEY)
    assert store.parts.offset(KEY) == 8
    store.verify(store.parts.seal(KEY).digest)


def test_an_upload_that_can_not_be_looked_at_says_so(store, root):
    (root / "parts" / KEY).symlink_to(KEY)  # a loop
    with pytest.raises(StoreFailed):
        store.parts.offset(KEY)
    with pytest.raises(StoreFailed):
        list(store.parts.keys())
    with pytest.raises(StoreFailed):
        store.parts.discard(KEY)


def test_a_blob_that_can_not_be_read_says_so(store, monkeypatch):
    blob = store.put([b"on a bad sector"])
    with failing(monkeypatch, "pread", errno.EIO, 1), pytest.raises(StoreFailed):
        store.verify(blob.digest)
    store.verify(blob.digest)


def test_a_sweep_that_fails_half_way_loses_nothing_wanted(store, grow_old, monkeypatch):
    wanted, unwanted = store.put_many([b"wanted", b"unwanted"])
    grow_old(wanted.digest)
    grow_old(unwanted.digest)
    answers = [set(), {wanted.digest}]
    with failing(monkeypatch, "link", errno.EIO, 1), pytest.raises(StoreFailed):
        store.sweep(lambda _: answers.pop(0), YESTERDAY)
    store.verify(wanted.digest)

    store.sweep(lambda asked: {wanted.digest} & set(asked), YESTERDAY)
    assert [entry.digest for entry in store.entries()] == [wanted.digest]


def test_files_may_not_grow_past_a_limit(store, root):
    earlier = store.put([b"earlier"])
    store.parts.create(KEY)
    scan = os.urandom(1 << 20)
    chunks = [scan[start : start + 1024] for start in range(0, len(scan), 1024)]
    most = 256 * 1024 - 100  # in the middle of a chunk, which is then written in part
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most, hard))
    try:
        with pytest.raises(StoreFull):
            store.put(chunks)
        with pytest.raises(StoreFull):
            store.parts.append(KEY, 0, chunks, limit=1 << 20)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))

    assert list((root / "staging").iterdir()) == []
    store.verify(earlier.digest)
    assert store.parts.offset(KEY) == most
    store.parts.append(KEY, most, [scan[most:]], limit=1 << 20)
    assert store.parts.seal(KEY) == store.put(chunks)


@pytest.fixture
def small_disk(tmp_path):
    place = tmp_path / "disk"
    place.mkdir()
    mounting = ["mount", "-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", str(place)]
    if os.geteuid() != 0 or subprocess.run(mounting, capture_output=True, check=False).returncode != 0:
        pytest.skip(
            "a small file system can be mounted by root only; the other failures here are tried anyway"
        )
    yield place
    subprocess.run(["umount", str(place)], check=True)


def test_a_disk_that_is_really_full(small_disk):
    store = LocalBlobStore(small_disk / "blobs")
    earlier = store.put([os.urandom(500_000)])
    with pytest.raises(StoreFull):
        store.put(os.urandom(100_000) for _ in range(30))
    assert list((small_disk / "blobs" / "staging").iterdir()) == []
    with pytest.raises(StoreFull):
        store.put_many([os.urandom(100_000) for _ in range(30)])
    store.verify(earlier.digest)

    for entry in list(store.entries()):
        if entry.digest != earlier.digest:
            store.remove(entry.digest)
    store.verify(store.put([os.urandom(500_000)]).digest)
    store.remove(earlier.digest)
    with pytest.raises(BlobMissing):
        store.open(earlier.digest)
