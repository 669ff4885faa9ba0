"""What a power cut would leave: nothing is acknowledged, or even named, before it is on the disk.

The order of system calls is watched from below. Bytes count as safe once their file was synced after its last
write, a name once its directory was synced after the name appeared.
"""

import hashlib
import os
import stat
import threading
from pathlib import Path

import pytest

from storage import Checksum, LocalBlobStore

from .conftest import KEY

NOTING = threading.Lock()  # files are synced in several threads


class Disk:
    """Knows which bytes and which names a power cut would take now."""

    def __init__(self, patch):
        self.unsafe_files: set[int] = set()
        self.unsafe_names: dict[int, set[str]] = {}
        self.named_too_early: list[str] = []
        self.syncs = 0
        for name in ("open", "mkdir", "pwrite", "ftruncate", "fsync", "rename", "link", "unlink", "utime"):
            patch.setattr(os, name, self._watched(getattr(os, name), getattr(self, "_" + name)))

    @staticmethod
    def _watched(real, note):
        def call(*args, **kwargs):
            result = real(*args, **kwargs)
            with NOTING:
                note(*args)
            return result

        return call

    def _appears(self, path):
        path = Path(path)
        self.unsafe_names.setdefault(path.parent.stat().st_ino, set()).add(path.name)

    def _open(self, path, flags, *_mode):
        if flags & os.O_CREAT:
            self._appears(path)

    def _mkdir(self, path, *_mode):
        self._appears(path)

    def _pwrite(self, fd, *_rest):
        self.unsafe_files.add(os.fstat(fd).st_ino)

    _ftruncate = _pwrite

    def _utime(self, target, _times=None):
        self.unsafe_files.add(
            os.fstat(target).st_ino if isinstance(target, int) else Path(target).stat().st_ino
        )

    def _fsync(self, fd):
        self.syncs += 1
        facts = os.fstat(fd)
        if stat.S_ISDIR(facts.st_mode):
            self.unsafe_names.pop(facts.st_ino, None)
        else:
            self.unsafe_files.discard(facts.st_ino)

    def _rename(self, old, new):
        self._appears(new)
        if Path(new).stat().st_ino in self.unsafe_files:
            self.named_too_early.append(str(new))

    def _link(self, old, new):
        self._appears(new)

    def _unlink(self, path):
        self._appears(path)  # a name that is gone can come back

    def keeps(self, path):
        parent = path.parent.stat().st_ino
        return path.stat().st_ino not in self.unsafe_files and path.name not in self.unsafe_names.get(
            parent, ()
        )


@pytest.fixture
def disk(monkeypatch):
    return Disk(monkeypatch)


def test_the_store_itself_is_on_the_disk_before_anything_is_put(tmp_path, disk):
    root = tmp_path / "var" / "blobs"
    LocalBlobStore(root)
    assert disk.unsafe_names == {}


def test_a_put_is_acknowledged_when_it_is_on_the_disk(disk, store, on_shelf):
    blob = store.put([b"a ", b"scan"])
    assert disk.keeps(on_shelf(blob.digest))
    assert disk.named_too_early == []


def test_bytes_found_in_the_store_are_synced_again_since_their_writer_may_not_have_done_so(
    disk, store, on_shelf
):
    digest = hashlib.sha256(b"a scan").hexdigest()
    hasty = store.stage()
    with hasty:
        hasty.write(b"a scan")
        hasty.place()  # named, and the process that did it is stopped here
    assert not disk.keeps(on_shelf(digest))

    blob = store.put([b"a scan"])
    assert blob.digest == digest
    assert disk.keeps(on_shelf(digest))


def test_an_upload_of_bytes_found_in_the_store_syncs_them_too(disk, store, on_shelf):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"a scan"], limit=100)
    with store.stage() as hasty:
        hasty.write(b"a scan")
        hasty.place()
    assert disk.keeps(on_shelf(store.parts.seal(KEY).digest))


def test_a_confirmed_blob_is_on_the_disk_whoever_was_stopped_while_naming_it(disk, store, root, on_shelf):
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"a scan"], limit=100)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(type(store._tree), "sync_shelves", _stopped)
        with pytest.raises(KeyboardInterrupt):
            store.parts.seal(KEY)
    [entry] = store.entries()
    assert not disk.keeps(on_shelf(entry.digest))

    confirmed = LocalBlobStore(root).confirm(entry.digest)
    assert (confirmed.digest, confirmed.size) == (entry.digest, len(b"a scan"))
    assert disk.keeps(on_shelf(entry.digest))


def _stopped(*_):
    raise KeyboardInterrupt


def test_many_pictures_are_on_the_disk_with_one_sync_a_shelf(disk, store, on_shelf):
    pictures = [str(number).encode() for number in range(300)]
    before = disk.syncs
    blobs = store.put_many(pictures)
    assert all(disk.keeps(on_shelf(blob.digest)) for blob in blobs)
    assert disk.named_too_early == []
    assert disk.syncs - before == 300 + len({blob.digest[:2] for blob in blobs})


def test_every_acknowledged_step_of_an_upload_is_on_the_disk(disk, store, root, on_shelf):
    part = root / "parts" / KEY
    store.parts.create(KEY)
    assert disk.keeps(part)
    store.parts.append(KEY, 0, [b"a ", b"long "], limit=100)
    assert disk.keeps(part)

    proof = Checksum("sha1", hashlib.sha1(b"scan").digest())
    store.parts.append(KEY, 7, [b"scan"], limit=100, checksum=proof)
    assert disk.keeps(part)
    # Nor may the note come back that says these bytes are unproven.
    assert part.parent.stat().st_ino not in disk.unsafe_names

    blob = store.parts.seal(KEY)
    assert disk.keeps(on_shelf(blob.digest))
    assert disk.named_too_early == []


def test_a_broken_line_leaves_bytes_that_are_on_the_disk(disk, store, root):
    def line():
        yield b"half a scan"
        raise ConnectionResetError

    store.parts.create(KEY)
    with pytest.raises(ConnectionResetError):
        store.parts.append(KEY, 0, line(), limit=100)
    assert disk.keeps(root / "parts" / KEY)
