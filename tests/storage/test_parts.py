"""Uploads that arrive in pieces."""

import hashlib
import os
import threading
from datetime import UTC, datetime, timedelta

import pytest

from storage import (
    BlobMissing,
    Checksum,
    ChecksumMismatch,
    LocalBlobStore,
    OffsetMismatch,
    PartExists,
    PartLocked,
    PartMissing,
    TooManyBytes,
)

from .conftest import KEY

NAMES_OF_TRICKS = ["", "..", "../" + "a" * 29, "A" * 32, "a" * 31, "a" * 33, "a" * 32 + "\n", "a" * 31 + "\0"]


def content(root):
    return (root / "parts" / KEY).read_bytes()


def is_open(fd):
    try:
        os.fstat(fd)
    except OSError:
        return False
    return True


def sha1(data):
    return Checksum("sha1", hashlib.sha1(data).digest())


def test_a_scan_arrives_in_three_pieces(store):
    store.parts.create(KEY)
    assert store.parts.offset(KEY) == 0
    assert store.parts.append(KEY, 0, [b"one ", b"two "], limit=20) == 8
    assert store.parts.append(KEY, 8, [], limit=20) == 8
    assert store.parts.append(KEY, 8, iter([b"three"]), limit=20) == 13
    assert store.parts.offset(KEY) == 13

    blob = store.parts.seal(KEY)

    assert blob.digest == hashlib.sha256(b"one two three").hexdigest()
    assert blob.size == 13
    store.verify(blob.digest)
    assert list(store.parts.keys()) == []
    with pytest.raises(PartMissing):
        store.parts.offset(KEY)


def test_an_upload_goes_on_in_another_process(store, root):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"before the restart, "], limit=100)
    other = LocalBlobStore(root)
    other.parts.append(KEY, 20, [b"after it"], limit=100)
    blob = store.parts.seal(KEY)
    assert blob.digest == hashlib.sha256(b"before the restart, after it").hexdigest()


def test_the_first_process_does_not_trust_its_hash_after_another_began_anew(store, root):
    other = LocalBlobStore(root)
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"first"], limit=100)
    other.parts.discard(KEY)
    other.parts.create(KEY)
    other.parts.append(KEY, 0, [b"other"], limit=100)
    blob = store.parts.seal(KEY)
    assert blob.digest == hashlib.sha256(b"other").hexdigest()
    store.verify(blob.digest)


def test_bytes_that_are_stored_already_are_not_stored_twice(store, root):
    blob = store.put([b"the same scan"])
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"the same scan"], limit=100)
    assert store.parts.seal(KEY) == blob
    assert list(store.parts.keys()) == []
    assert len(list(store.entries())) == 1


def test_an_empty_upload_can_be_sealed(store):
    store.parts.create(KEY)
    assert store.parts.seal(KEY).size == 0


def test_the_age_of_a_sealed_blob_begins_at_its_sealing(store, root):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"slow line"], limit=100)
    os.utime(root / "parts" / KEY, (0, 0))
    store.parts.seal(KEY)
    [entry] = store.entries()
    assert entry.modified > datetime.now(UTC) - timedelta(hours=1)


@pytest.mark.parametrize("offset", [0, 4, 6, -1])
def test_a_piece_at_the_wrong_place_is_refused(store, root, offset):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"12345"], limit=100)
    with pytest.raises(OffsetMismatch) as caught:
        store.parts.append(KEY, offset, [b"6"], limit=100)
    assert (caught.value.expected, caught.value.given) == (5, offset)
    assert content(root) == b"12345"


def test_a_piece_that_passes_the_limit_leaves_nothing_of_itself(store, root):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"12345"], limit=8)
    with pytest.raises(TooManyBytes):
        store.parts.append(KEY, 5, [b"67", b"89"], limit=8)
    assert content(root) == b"12345"
    assert store.parts.append(KEY, 5, [b"678"], limit=8) == 8


def test_a_broken_line_keeps_what_arrived(store, root):
    def line():
        yield b"as far as "
        yield b"it came"
        raise ConnectionResetError("the line broke")

    store.parts.create(KEY)
    with pytest.raises(ConnectionResetError):
        store.parts.append(KEY, 0, line(), limit=100)
    assert store.parts.offset(KEY) == 17
    store.parts.append(KEY, 17, [b", and on"], limit=100)
    assert store.parts.seal(KEY).digest == hashlib.sha256(b"as far as it came, and on").hexdigest()


def test_a_piece_with_its_checksum_is_proven(store, root):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"first "], limit=100, checksum=sha1(b"first "))
    proof = Checksum("sha256", hashlib.sha256(b"second").digest())
    assert store.parts.append(KEY, 6, [b"sec", b"ond"], limit=100, checksum=proof) == 12
    assert [path.name for path in (root / "parts").iterdir()] == [KEY]


def test_a_piece_with_a_wrong_checksum_leaves_nothing_of_itself(store, root):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"good "], limit=100)
    with pytest.raises(ChecksumMismatch):
        store.parts.append(KEY, 5, [b"bad"], limit=100, checksum=sha1(b"bed"))
    assert content(root) == b"good "
    store.parts.append(KEY, 5, [b"bed"], limit=100, checksum=sha1(b"bed"))
    assert store.parts.seal(KEY).digest == hashlib.sha256(b"good bed").hexdigest()


def test_a_broken_line_under_a_checksum_keeps_nothing_unproven(store, root):
    def line():
        yield b"unproven"
        raise ConnectionResetError("the line broke")

    store.parts.create(KEY)
    with pytest.raises(ConnectionResetError):
        store.parts.append(KEY, 0, line(), limit=100, checksum=sha1(b"unproven and more"))
    assert content(root) == b""
    assert [path.name for path in (root / "parts").iterdir()] == [KEY]


@pytest.mark.parametrize("finish", ["append", "seal"])
def test_what_a_killed_writer_left_unproven_does_not_count(store, root, finish):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"proven"], limit=100)
    with (root / "parts" / KEY).open("ab") as file:
        file.write(b" and not")
    (root / "parts" / f"{KEY}.unproven").write_text("6\n")

    assert store.parts.offset(KEY) == 6
    if finish == "append":
        assert store.parts.append(KEY, 6, [b"!"], limit=100) == 7
        assert content(root) == b"proven!"
    else:
        assert store.parts.seal(KEY).digest == hashlib.sha256(b"proven").hexdigest()
    assert not (root / "parts" / f"{KEY}.unproven").exists()


def test_two_writers_at_once_and_the_second_is_told_at_once(store, root):
    other = LocalBlobStore(root)
    store.parts.create(KEY)
    refused = []

    def line():
        for attempt in (
            lambda: other.parts.append(KEY, 0, [b"mine"], limit=100),
            lambda: store.parts.append(KEY, 0, [b"mine"], limit=100),
            lambda: other.parts.seal(KEY),
            lambda: other.parts.discard(KEY),
        ):
            with pytest.raises(PartLocked) as caught:
                attempt()
            refused.append(caught.value.code)
        yield b"theirs"

    store.parts.append(KEY, 0, line(), limit=100)
    assert refused == ["storage.part-locked"] * 4
    assert content(root) == b"theirs"
    assert other.parts.append(KEY, 6, [b"!"], limit=100) == 7


def test_a_child_forked_while_a_piece_arrives_does_not_keep_the_upload_locked(store, root):
    store.parts.create(KEY)
    inherited = []

    def line():
        # A fork gives the child every open file, locks included, as a duplicate does.
        part = (root / "parts" / KEY).stat()
        [fd] = [fd for fd in range(3, 256) if is_open(fd) and os.path.samestat(os.fstat(fd), part)]
        inherited.append(os.dup(fd))
        yield b"one "

    store.parts.append(KEY, 0, line(), limit=100)
    store.parts.append(KEY, 4, [b"two"], limit=100)
    os.close(inherited[0])


@pytest.mark.parametrize("end", ["seal", "discard"])
def test_a_writer_that_opened_the_upload_just_before_its_end_is_told(store, root, monkeypatch, end):
    other = LocalBlobStore(root)
    store.parts.create(KEY)
    really_open = os.open

    def just_before(path, *rest):
        fd = really_open(path, *rest)
        monkeypatch.setattr(os, "open", really_open)
        getattr(other.parts, end)(KEY)
        return fd

    monkeypatch.setattr(os, "open", just_before)
    with pytest.raises(PartMissing):
        store.parts.append(KEY, 0, [b"into a blob?"], limit=100)
    for entry in store.entries():
        store.verify(entry.digest)


def test_many_threads_append_and_every_piece_is_whole_and_in_its_place(store, root):
    store.parts.create(KEY)
    together = threading.Barrier(6)

    def append_ten(letter):
        done = 0
        together.wait()
        while done < 10:
            try:
                store.parts.append(KEY, store.parts.offset(KEY), [letter * 100], limit=10_000)
            except (PartLocked, OffsetMismatch):
                continue
            done += 1

    threads = [threading.Thread(target=append_ten, args=(bytes([65 + n]),)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    arrived = content(root)
    pieces = [arrived[start : start + 100] for start in range(0, len(arrived), 100)]
    assert sorted(pieces) == sorted(bytes([65 + n]) * 100 for n in range(6) for _ in range(10))
    assert store.parts.seal(KEY).digest == hashlib.sha256(arrived).hexdigest()


def test_a_discarded_upload_is_gone_and_its_key_is_free(store):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"never mind"], limit=100)
    assert store.parts.discard(KEY) is True
    assert store.parts.discard(KEY) is False
    with pytest.raises(PartMissing):
        store.parts.append(KEY, 0, [b"too late"], limit=100)
    with pytest.raises(PartMissing):
        store.parts.seal(KEY)
    store.parts.create(KEY)
    assert store.parts.offset(KEY) == 0


def test_a_key_is_used_once(store):
    store.parts.create(KEY)
    with pytest.raises(PartExists):
        store.parts.create(KEY)


@pytest.mark.parametrize("key", NAMES_OF_TRICKS)
def test_a_key_can_play_no_tricks(store, key):
    with pytest.raises(ValueError, match="hexadecimal"):
        store.parts.create(key)
    with pytest.raises(PartMissing):
        store.parts.offset(key)
    with pytest.raises(PartMissing):
        store.parts.append(key, 0, [b"x"], limit=1)
    with pytest.raises(PartMissing):
        store.parts.seal(key)
    assert store.parts.discard(key) is False


def test_keys_tell_when_an_upload_last_grew(store, root):
    store.parts.create(KEY)
    store.parts.create("f" * 32)
    os.utime(root / "parts" / KEY, (86400, 86400))
    (root / "parts" / "a note").write_text("not an upload")
    ages = dict(store.parts.keys())
    assert set(ages) == {KEY, "f" * 32}
    assert ages[KEY] == datetime(1970, 1, 2, tzinfo=UTC)


def test_sealing_moves_the_file_and_does_not_copy_it(store, root, on_shelf):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"two gigabytes"], limit=100)
    inode = (root / "parts" / KEY).stat().st_ino
    assert on_shelf(store.parts.seal(KEY).digest).stat().st_ino == inode


def test_an_upload_received_in_one_process_is_not_read_again_to_be_sealed(store, monkeypatch):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"received "], limit=100)
    store.parts.append(KEY, 9, [b"here"], limit=100)

    def read(*_args):
        raise AssertionError("read again")

    monkeypatch.setattr(os, "pread", read)
    assert store.parts.seal(KEY).digest == hashlib.sha256(b"received here").hexdigest()


def test_a_sealed_upload_can_be_removed_like_any_blob(store):
    store.parts.create(KEY)
    blob = store.parts.seal(KEY)
    store.remove(blob.digest)
    with pytest.raises(BlobMissing):
        store.open(blob.digest)
