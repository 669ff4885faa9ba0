"""The largest file that is taken, sent in parts and in one call, while the memory of the web server is watched."""

import hashlib
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Final

import httpx
import psutil

from archive_service.bootstrap import open_archive
from archive_service.settings import Settings
from storage import Digest, StorageError
from tests.support.service import Service

MIB: Final = 1024 * 1024
LARGEST: Final = 2 * 1024 * MIB
PART_BYTES: Final = 64 * MIB
GROWTH_BYTES: Final = 64 * MIB  # more than this, and memory would grow with the file
SAMPLE_SECONDS: Final = 0.2
BLOCK: Final = Random(2).randbytes(MIB)


class Scan(io.RawIOBase):
    """A file of ``size`` bytes that is never there as a whole: numbered blocks, so that no two files are alike."""

    def __init__(self, size: int, seed: int) -> None:
        self.size, self.sent = size, 0
        self._at, self._seed = 0, seed

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        self._at = offset + {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self.size}[whence]
        return self._at

    def tell(self) -> int:
        return self._at

    def read(self, size: int = -1) -> bytes:
        wanted = self.size - self._at if size < 0 else min(size, self.size - self._at)
        number, start = divmod(self._at, MIB)
        block = f"{self._seed}-{number}".encode().ljust(32) + BLOCK[32:]
        found = block[start : start + wanted]
        self._at += len(found)
        self.sent += len(found)
        return found

    def blocks(self, start: int, end: int) -> Iterator[bytes]:
        self.seek(start)
        while self._at < end:
            yield self.read(end - self._at)

    def sha256(self) -> str:
        digest = hashlib.sha256()
        for block in self.blocks(0, self.size):
            digest.update(block)
        self.sent = 0
        return digest.hexdigest()


@dataclass(slots=True)
class Outcome:
    """Bytes throughout; PSS: each page of memory, shared out among those who use it."""

    idle_pss: int = 0
    most_pss: dict[str, int] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    sent_of_too_large: dict[str, int] = field(default_factory=dict)

    @property
    def clean(self) -> bool:
        grew = [how for how, most in self.most_pss.items() if most > self.idle_pss + GROWTH_BYTES]
        return not (self.wrong or grew)


def _web_processes(service: Service) -> list[psutil.Process]:
    """The web server's, without the supervisor and the worker."""
    for process in service.family():
        with suppress(psutil.Error):
            if process.cmdline()[-1:] == ["web"]:
                return [process, *process.children(recursive=True)]
    raise AssertionError("no web server")


def _pss(processes: list[psutil.Process]) -> int:
    total = 0
    for process in processes:
        with suppress(psutil.Error):
            total += process.memory_full_info().pss
    return total


@contextmanager
def _watched(service: Service, outcome: Outcome, how: str) -> Iterator[None]:
    """Samples the memory of the web processes until the block ends."""
    ending, processes = threading.Event(), _web_processes(service)

    def watch() -> None:
        while not ending.wait(SAMPLE_SECONDS):
            outcome.most_pss[how] = max(outcome.most_pss.get(how, 0), _pss(processes))

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield
    finally:
        ending.set()
        watcher.join()


def _begin(client: httpx.Client, size: int) -> httpx.Response:
    return client.post(
        "/api/v1/uploads", headers={"Upload-Length": str(size), "Upload-Metadata": "filename c2Nhbi5iaW4="}
    )


def _in_parts(client: httpx.Client, scan: Scan) -> str:
    """Its state at the end."""
    client.headers["Tus-Resumable"] = "1.0.0"
    address = _begin(client, scan.size).headers["Location"]
    for start in range(0, scan.size, PART_BYTES):
        end = min(scan.size, start + PART_BYTES)
        answer = client.patch(
            address,
            headers={
                "Upload-Offset": str(start),
                "Content-Type": "application/offset+octet-stream",
                "Content-Length": str(end - start),
            },
            content=scan.blocks(start, end),
        )
        if answer.status_code != 204:
            return answer.text
    return str(client.get(f"{address}/result").json()["state"])


def _in_one_call(client: httpx.Client, scan: Scan) -> httpx.Response:
    return client.post("/api/v1/documents", files={"file": ("scan.bin", scan)})


def trial(data: Path, largest: int = LARGEST) -> Outcome:
    outcome = Outcome()
    with Service(data, ARCHIVE_MAX_UPLOAD_BYTES=str(largest)) as service:
        token = service.token_for("chen", "archivist")
        parts, whole = Scan(largest, 1), Scan(largest, 2)
        with service.client(token) as client:
            client.timeout = httpx.Timeout(600)
            warm = _in_one_call(client, Scan(MIB, 3))  # what every first upload loads does not count
            assert warm.status_code == 201, warm.text
            _in_parts(client, Scan(MIB, 4))
            outcome.idle_pss = _pss(_web_processes(service))

            with _watched(service, outcome, "in parts"):
                state = _in_parts(client, parts)
            if state != "received":
                outcome.wrong.append(f"in parts: {state}")
            with _watched(service, outcome, "in one call"):
                answer = _in_one_call(client, whole)
            if answer.status_code != 201:
                outcome.wrong.append(f"in one call: {answer.status_code} {answer.text}")

            refused = _begin(client, largest + 1)
            outcome.sent_of_too_large["in parts"] = 0  # nothing but the announcement
            if refused.status_code != 413:
                outcome.wrong.append(f"too large in parts: {refused.status_code} {refused.text}")
            scan = Scan(largest + 1, 5)
            refused = _in_one_call(client, scan)
            outcome.sent_of_too_large["in one call"] = scan.sent
            if refused.status_code != 413 or scan.sent > GROWTH_BYTES:
                outcome.wrong.append(f"too large in one call: {refused.status_code}, {scan.sent} bytes sent")
    _compare(data, {"in parts": parts.sha256(), "in one call": whole.sha256()}, outcome)
    return outcome


def _compare(data: Path, digests: dict[str, str], outcome: Outcome) -> None:
    """What the store gives back is what was sent."""
    archive = open_archive(Settings(data_dir=data))
    for how, digest in digests.items():
        try:
            archive.blobs.verify(Digest(digest))
        except StorageError as error:
            outcome.wrong.append(f"{how}: {error}")
    archive.close()


def told(outcome: Outcome) -> Iterator[str]:
    """The figures, a line each."""
    yield f"web server, idle: {outcome.idle_pss / MIB:.0f} MiB PSS"
    for how, most in outcome.most_pss.items():
        yield f"{how}: at most {most / MIB:.0f} MiB, {(most - outcome.idle_pss) / MIB:+.0f}"
    for how, sent in outcome.sent_of_too_large.items():
        yield f"a byte too large, {how}: refused after {sent / MIB:.2f} MiB were handed to the line"
    yield from outcome.wrong
