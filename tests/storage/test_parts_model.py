"""Any story of pieces, told through two stores on one directory, equals plain bytes in memory."""

import hashlib
import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from storage import (
    Checksum,
    ChecksumMismatch,
    LocalBlobStore,
    OffsetMismatch,
    PartExists,
    PartMissing,
    TooManyBytes,
)

LIMIT = 60  # bytes
KEYS = st.sampled_from(["a" * 32, "b" * 32])
CHUNKS = st.lists(st.binary(max_size=12), max_size=4)
WHO = st.sampled_from([0, 1])  # which of the two processes


class PiecesAsBytes(RuleBasedStateMachine):
    @initialize()
    def begin(self):
        self.directory = tempfile.TemporaryDirectory()
        root = Path(self.directory.name) / "blobs"
        self.stores = [LocalBlobStore(root), LocalBlobStore(root)]
        self.parts: dict[str, bytes] = {}
        self.sealed: dict[str, bytes] = {}

    def teardown(self):
        if not hasattr(self, "directory"):
            return
        with self.directory:
            for digest, data in self.sealed.items():
                with self.stores[0].open(digest) as file:
                    assert file.read() == data
            assert [entry.digest for entry in self.stores[1].entries()] == sorted(self.sealed)

    @rule(who=WHO, key=KEYS)
    def create(self, who, key):
        if key in self.parts:
            with pytest.raises(PartExists):
                self.stores[who].parts.create(key)
        else:
            self.stores[who].parts.create(key)
            self.parts[key] = b""

    @rule(who=WHO, key=KEYS, chunks=CHUNKS, proven=st.booleans())
    def append(self, who, key, chunks, proven):
        data = b"".join(chunks)
        before = self.parts.get(key)
        checksum = Checksum("sha256", hashlib.sha256(data).digest()) if proven else None
        append = self.stores[who].parts.append
        if before is None:
            with pytest.raises(PartMissing):
                append(key, 0, chunks, limit=LIMIT, checksum=checksum)
        elif len(before) + len(data) > LIMIT:
            with pytest.raises(TooManyBytes):
                append(key, len(before), chunks, limit=LIMIT, checksum=checksum)
        else:
            after = append(key, len(before), chunks, limit=LIMIT, checksum=checksum)
            assert after == len(before) + len(data)
            self.parts[key] = before + data

    @precondition(lambda self: self.parts)
    @rule(who=WHO, chunks=CHUNKS, wrong=st.integers(1, 9), data=st.data())
    def append_elsewhere(self, who, chunks, wrong, data):
        key = data.draw(st.sampled_from(sorted(self.parts)))
        with pytest.raises(OffsetMismatch):
            self.stores[who].parts.append(key, len(self.parts[key]) + wrong, chunks, limit=LIMIT)

    @precondition(lambda self: self.parts)
    @rule(who=WHO, chunk=st.binary(max_size=9), data=st.data())
    def append_damaged(self, who, chunk, data):
        key = data.draw(st.sampled_from(sorted(self.parts)))
        checksum = Checksum("sha1", hashlib.sha1(chunk + b"?").digest())
        offset = len(self.parts[key])
        with pytest.raises((ChecksumMismatch, TooManyBytes)):
            self.stores[who].parts.append(key, offset, [chunk], limit=LIMIT, checksum=checksum)

    @precondition(lambda self: self.parts)
    @rule(who=WHO, chunks=CHUNKS, data=st.data())
    def line_breaks(self, who, chunks, data):
        key = data.draw(st.sampled_from(sorted(self.parts)))

        def line():
            yield from chunks
            raise ConnectionResetError

        whole = self.parts[key] + b"".join(chunks)
        with pytest.raises((ConnectionResetError, TooManyBytes)):
            self.stores[who].parts.append(key, len(self.parts[key]), line(), limit=LIMIT)
        if len(whole) <= LIMIT:
            self.parts[key] = whole

    @rule(who=WHO, key=KEYS)
    def seal(self, who, key):
        if key not in self.parts:
            with pytest.raises(PartMissing):
                self.stores[who].parts.seal(key)
            return
        data = self.parts.pop(key)
        blob = self.stores[who].parts.seal(key)
        assert (blob.digest, blob.size) == (hashlib.sha256(data).hexdigest(), len(data))
        self.sealed[blob.digest] = data

    @rule(who=WHO, key=KEYS)
    def discard(self, who, key):
        assert self.stores[who].parts.discard(key) is (self.parts.pop(key, None) is not None)

    @invariant()
    def every_process_sees_the_same(self):
        for store in getattr(self, "stores", []):
            assert {key: store.parts.offset(key) for key, _ in list(store.parts.keys())} == {
                key: len(data) for key, data in self.parts.items()
            }


PiecesAsBytes.TestCase.settings = settings(max_examples=25, stateful_step_count=20, deadline=None)
TestPiecesAsBytes = PiecesAsBytes.TestCase
