"""What nobody refers to is removed, and nothing else, whoever else is at work."""

import os
import threading
from datetime import datetime, timedelta

import pytest

from storage import BlobMissing, LocalBlobStore

from .conftest import NOW, YESTERDAY


def nobody(_digests):
    return set()


def test_only_old_blobs_without_a_reference_are_removed(store, grow_old):
    wanted, unwanted, fresh = store.put_many([b"wanted", b"unwanted", b"fresh"])
    grow_old(wanted.digest)
    grow_old(unwanted.digest)

    report = store.sweep(lambda asked: {wanted.digest} & set(asked), YESTERDAY)

    assert (report.examined, report.removed, report.removed_bytes, report.restored) == (3, 1, 8, 0)
    assert {entry.digest for entry in store.entries()} == {wanted.digest, fresh.digest}
    with pytest.raises(BlobMissing):
        store.open(unwanted.digest)


def test_questions_are_asked_in_batches(store, grow_old):
    for blob in store.put_many([str(number).encode() for number in range(1100)]):
        grow_old(blob.digest)
    asked = []

    def referenced(digests):
        asked.append(len(digests))
        return set(digests)

    assert store.sweep(referenced, YESTERDAY).examined == 1100
    assert asked == [500, 500, 100]


def test_a_reference_made_between_the_two_questions_saves_the_blob(store, grow_old):
    blob = store.put([b"filed at the last moment"])
    grow_old(blob.digest)
    answers = [set(), {blob.digest}]

    report = store.sweep(lambda _: answers.pop(0), YESTERDAY)

    assert (report.removed, report.restored) == (0, 1)
    store.verify(blob.digest)


def test_the_same_bytes_put_before_the_blob_is_taken_off_its_shelf_save_it(store, grow_old):
    blob = store.put([b"twice"])
    grow_old(blob.digest)
    moments = [lambda: store.put([b"twice"]), lambda: None]

    def nobody_yet(_digests):
        moments.pop(0)()
        return set()

    report = store.sweep(nobody_yet, YESTERDAY)
    assert (report.removed, report.restored) == (0, 1)
    store.verify(blob.digest)


def test_the_same_bytes_put_while_the_blob_is_in_the_trash_are_kept(store, grow_old):
    blob = store.put([b"twice"])
    grow_old(blob.digest)
    moments = [lambda: None, lambda: store.put([b"twice"])]

    def nobody_yet(_digests):
        moments.pop(0)()
        return set()

    store.sweep(nobody_yet, YESTERDAY)
    store.verify(blob.digest)
    assert [entry.digest for entry in store.entries()] == [blob.digest]


def test_a_blob_confirmed_while_it_is_in_the_trash_is_kept(store, grow_old):
    blob = store.put([b"twice"])
    grow_old(blob.digest)
    moments = [lambda: None, lambda: store.confirm(blob.digest)]

    def nobody_yet(_digests):
        moments.pop(0)()
        return set()

    store.sweep(nobody_yet, YESTERDAY)
    store.verify(blob.digest)


def test_a_blob_just_confirmed_is_young(store, grow_old):
    blob = store.put([b"nearly forgotten"])
    grow_old(blob.digest)
    assert store.confirm(blob.digest) == blob
    assert store.sweep(nobody, YESTERDAY).removed == 0


def test_a_sweep_in_the_middle_of_a_put_of_the_same_bytes_loses_nothing(store, grow_old, monkeypatch):
    blob = store.put([b"twice"])
    grow_old(blob.digest)
    renew = os.utime

    def swept_just_before(path, times=None):
        monkeypatch.setattr(os, "utime", renew)
        assert store.sweep(nobody, YESTERDAY).removed == 1
        renew(path, times)

    monkeypatch.setattr(os, "utime", swept_just_before)
    store.put([b"twice"])
    store.verify(blob.digest)


def test_a_blob_on_trial_can_be_read_and_removed(store, grow_old):
    blob = store.put([b"on trial"])
    grow_old(blob.digest)
    seen = []

    def look(_digests):
        with store.open(blob.digest) as file:
            seen.append((file.read(), store.size(blob.digest)))
        return set()

    store.sweep(look, YESTERDAY)
    assert seen == [(b"on trial", 8), (b"on trial", 8)]
    with pytest.raises(BlobMissing):
        store.open(blob.digest)


def test_what_a_dead_sweep_left_in_the_trash_is_judged_again(store, root, on_shelf, grow_old):
    wanted, unwanted = store.put_many([b"wanted", b"unwanted"])
    for blob in (wanted, unwanted):
        grow_old(blob.digest)
        on_shelf(blob.digest).rename(root / "trash" / blob.digest)
    store.verify(wanted.digest)

    report = store.sweep(lambda asked: {wanted.digest} & set(asked), YESTERDAY)

    assert (report.removed, report.restored) == (1, 1)
    assert [entry.digest for entry in store.entries()] == [wanted.digest]
    assert list((root / "trash").iterdir()) == []


def test_a_blob_in_the_trash_can_be_destroyed(store, root, on_shelf):
    blob = store.put([b"destroy me"])
    on_shelf(blob.digest).rename(root / "trash" / blob.digest)
    assert store.remove(blob.digest) is True
    with pytest.raises(BlobMissing):
        store.open(blob.digest)


def test_a_database_that_fails_at_the_second_question_costs_no_blob(store, root, grow_old):
    blob = store.put([b"in doubt"])
    grow_old(blob.digest)
    asked = []

    def answers_once(digests):
        asked.append(digests)
        if len(asked) == 2:
            raise ConnectionError("the database went away")
        return set()

    with pytest.raises(ConnectionError):
        store.sweep(answers_once, YESTERDAY)
    store.verify(blob.digest)
    assert list((root / "trash").iterdir()) == []


def test_leftovers_of_dead_writers_go_when_they_are_old(store, root):
    old, young = root / "staging" / ("a" * 32), root / "staging" / ("b" * 32)
    orphan = root / "parts" / ("c" * 32 + ".unproven")
    for path in (old, young, orphan):
        path.write_bytes(b"half a scan")
    week_ago = (NOW - timedelta(days=7)).timestamp()
    os.utime(old, (week_ago, week_ago))
    os.utime(orphan, (week_ago, week_ago))

    assert store.sweep(nobody, YESTERDAY).staging_removed == 2
    assert not old.exists()
    assert not orphan.exists()
    assert young.exists()


def test_an_unfinished_upload_is_not_the_sweeps_business(store):
    store.parts.create("d" * 32)
    store.parts.append("d" * 32, 0, [b"slow"], limit=100)
    store.sweep(nobody, NOW + timedelta(days=30))
    assert store.parts.offset("d" * 32) == 4


def test_a_time_without_a_zone_is_refused(store):
    with pytest.raises(ValueError, match="aware"):
        store.sweep(nobody, datetime(2026, 1, 1))


def test_puts_and_sweeps_at_the_same_moment_never_lose_what_was_acknowledged(store, root, grow_old):
    other = LocalBlobStore(root)
    blob = store.put([b"fought over"])
    for _ in range(60):
        grow_old(blob.digest)
        together = threading.Barrier(2)

        def sweeps(together=together):
            together.wait()
            other.sweep(nobody, YESTERDAY)

        sweeper = threading.Thread(target=sweeps)
        sweeper.start()
        together.wait()
        store.put([b"fought over"])
        sweeper.join()
        store.verify(blob.digest)
    assert list((root / "trash").iterdir()) == []
