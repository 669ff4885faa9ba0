"""Bytes go in, get their name, and come out again."""

import hashlib
import os
import stat
from datetime import UTC, datetime, timedelta

import pytest

from storage import BlobDamaged, BlobMissing, Digest, LocalBlobStore, open_store, parse_digest

SCAN = b"\x89PNG a scan of a drawing" * 1000
NOWHERE = Digest("0" * 64)


def left_in_staging(root):
    return list((root / "staging").iterdir())


def test_a_blob_is_named_by_its_sha256_and_read_back(store):
    blob = store.put([SCAN[:100], b"", SCAN[100:]])

    assert blob.digest == hashlib.sha256(SCAN).hexdigest()
    assert blob.size == len(SCAN) == store.size(blob.digest)
    with store.open(blob.digest) as file:
        file.seek(5)
        assert file.read() == SCAN[5:]
    store.verify(blob.digest)


def test_nothing_at_all_is_a_blob_too(store):
    blob = store.put([])
    assert blob.size == 0
    with store.open(blob.digest) as file:
        assert file.read() == b""


def test_a_blob_outlives_the_process_that_put_it(store, root):
    blob = store.put([SCAN])
    with open_store(root).open(blob.digest) as file:
        assert file.read() == SCAN


def test_bytes_that_are_not_kept_leave_nothing(store, root):
    with store.stage() as staged:
        staged.write(SCAN)
        assert staged.size == len(SCAN)
        assert left_in_staging(root)
    assert left_in_staging(root) == []
    assert list(store.entries()) == []


def test_a_broken_source_leaves_nothing_and_its_error_goes_on(store, root):
    def line():
        yield SCAN
        raise ConnectionResetError("the browser went away")

    with pytest.raises(ConnectionResetError):
        store.put(line())
    assert left_in_staging(root) == []
    assert list(store.entries()) == []


def test_staged_bytes_can_be_kept_once_only(store):
    with store.stage() as staged:
        staged.write(SCAN)
        staged.keep()
        with pytest.raises(ValueError, match="kept"):
            staged.keep()
        with pytest.raises(ValueError, match="kept"):
            staged.write(b"more")


def test_the_same_bytes_are_kept_once_and_count_as_put_again(store, root, on_shelf, grow_old):
    first = store.put([SCAN])
    inode = on_shelf(first.digest).stat().st_ino
    grow_old(first.digest)

    before = datetime.now(UTC) - timedelta(seconds=2)
    assert store.put([SCAN]) == first

    assert on_shelf(first.digest).stat().st_ino == inode
    [entry] = store.entries()
    assert entry.modified >= before
    assert left_in_staging(root) == []


def test_the_age_of_a_blob_begins_when_it_is_kept(store, root):
    with store.stage() as staged:
        staged.write(SCAN)
        [path] = left_in_staging(root)
        os.utime(path, (0, 0))
        staged.keep()
    [entry] = store.entries()
    assert entry.modified > datetime.now(UTC) - timedelta(hours=1)


def test_a_truncated_blob_is_mended_when_its_bytes_come_again(store, on_shelf):
    blob = store.put([SCAN])
    on_shelf(blob.digest).chmod(0o600)
    on_shelf(blob.digest).write_bytes(SCAN[:-1])
    with pytest.raises(BlobDamaged):
        store.verify(blob.digest)

    store.put([SCAN])
    store.verify(blob.digest)


def test_one_flipped_bit_is_found(store, on_shelf):
    blob = store.put([SCAN])
    damaged = bytearray(SCAN)
    damaged[777] ^= 0x10
    on_shelf(blob.digest).chmod(0o600)
    on_shelf(blob.digest).write_bytes(damaged)
    with pytest.raises(BlobDamaged) as caught:
        store.verify(blob.digest)
    assert caught.value.code == "storage.blob-damaged"


@pytest.mark.parametrize("digest", [NOWHERE, Digest("../../etc/passwd"), Digest(""), Digest("A" * 64)])
def test_what_is_not_there_is_missing(store, digest):
    for ask in (store.open, store.size, store.verify, store.confirm):
        with pytest.raises(BlobMissing):
            ask(digest)
    with pytest.raises(BlobMissing), store.local_path(digest):
        pass
    assert store.remove(digest) is False


def test_a_local_path_is_a_real_file(store):
    blob = store.put([SCAN])
    with store.local_path(blob.digest) as path:
        assert path.read_bytes() == SCAN
        assert path.is_absolute()


def test_a_removed_blob_is_gone_and_can_be_put_again(store):
    blob = store.put([SCAN])
    assert store.remove(blob.digest) is True
    assert store.remove(blob.digest) is False
    with pytest.raises(BlobMissing):
        store.open(blob.digest)
    store.put([SCAN])
    store.verify(blob.digest)


def test_many_small_pictures_at_once_keep_their_order(store, root):
    pictures = [f"page {number % 90}".encode() for number in range(150)]
    blobs = store.put_many(pictures)

    assert [blob.digest for blob in blobs] == [hashlib.sha256(p).hexdigest() for p in pictures]
    assert len(list(store.entries())) == 90
    for blob in blobs:
        store.verify(blob.digest)
    assert left_in_staging(root) == []
    assert store.put_many([]) == []


def test_entries_come_in_order_and_go_on_after_any_of_them(store, on_shelf):
    blobs = store.put_many([str(number).encode() for number in range(40)])
    on_shelf(blobs[0].digest).with_name("not a blob.txt").write_text("somebody's note")

    everything = [entry.digest for entry in store.entries()]
    assert everything == sorted(blob.digest for blob in blobs)
    for position, digest in enumerate(everything):
        assert [entry.digest for entry in store.entries(after=digest)] == everything[position + 1 :]
    assert next(store.entries()).modified.tzinfo is UTC


def test_nobody_else_on_the_machine_can_look(store, root, on_shelf):
    store.parts.create("ab" * 16)
    blob = store.put([SCAN])
    directories = [root, *(path for path in root.rglob("*") if path.is_dir())]
    assert {stat.S_IMODE(path.stat().st_mode) for path in directories} == {0o700}
    assert stat.S_IMODE((root / "parts" / ("ab" * 16)).stat().st_mode) == 0o600
    assert stat.S_IMODE(on_shelf(blob.digest).stat().st_mode) == 0o400


def test_a_digest_from_outside_is_checked():
    assert parse_digest("ab" * 32) == "ab" * 32
    for text in ("AB" * 32, "ab" * 31, "ab" * 32 + "\n", "../" + "a" * 61, "٣" * 64):
        with pytest.raises(ValueError, match="hexadecimal"):
            parse_digest(text)


def test_a_store_may_stand_several_directories_deep(tmp_path):
    store = LocalBlobStore(tmp_path / "not" / "yet" / "there")
    store.verify(store.put([SCAN]).digest)
