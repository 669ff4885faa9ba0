"""The name of a finished upload, known before it is sealed."""

import hashlib
from pathlib import Path

import pytest

from storage import Digest, LocalBlobStore, PartLocked, PartMissing

KEY = "0" * 32


@pytest.mark.parametrize("remembers", [True, False])
def test_measure_tells_what_seal_will_give(tmp_path: Path, remembers: bool) -> None:
    store = LocalBlobStore(tmp_path)
    store.parts.create(KEY)
    store.parts.append(KEY, 0, [b"abc"], limit=6)
    store.parts.append(KEY, 3, [b"def"], limit=6)
    if not remembers:
        store = LocalBlobStore(tmp_path)  # another process, which has not seen the bytes pass
    measured = store.parts.measure(KEY)
    assert measured.digest == Digest(hashlib.sha256(b"abcdef").hexdigest())
    assert store.parts.measure(KEY) == measured
    assert store.parts.offset(KEY) == 6
    assert store.parts.seal(KEY) == measured
    with pytest.raises(PartMissing):
        store.parts.measure(KEY)


def test_nothing_is_measured_while_it_grows(tmp_path: Path) -> None:
    store = LocalBlobStore(tmp_path)
    store.parts.create(KEY)

    def line() -> list[bytes]:
        with pytest.raises(PartLocked):
            store.parts.measure(KEY)
        return [b"abc"]

    store.parts.append(KEY, 0, (block for _ in range(1) for block in line()), limit=3)
    assert store.parts.measure(KEY).size == 3
