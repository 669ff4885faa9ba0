"""Acknowledged uploads of 20 MB files beside a plain write + fsync + rename loop, turn by turn."""

import os
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure, p50
from tests.support.service import serving

SIZE = 20 << 20
TURNS = 12


def figures(folder: Path) -> Iterator[Figure]:
    content = os.urandom(SIZE - 8)
    ours, plain = [], []
    with serving(folder / "data") as service:
        token = service.token_for("bench", "archivist")
        with service.client(token) as client:
            for turn in range(TURNS):
                body = content + turn.to_bytes(8, "big")
                started = time.perf_counter()
                answer = client.post("/api/v1/documents", files={"file": (f"{turn}.bin", body)})
                ours.append(time.perf_counter() - started)
                answer.raise_for_status()
                started = time.perf_counter()
                _plain(folder, body, turn)
                plain.append(time.perf_counter() - started)
    ratio = p50(plain) / p50(ours)
    yield Figure(
        "acknowledged uploads of 20 MB, files/s (plain write + fsync + rename in the same run)",
        f"{1 / p50(ours):.1f} ({1 / p50(plain):.1f}); ratio {ratio:.2f}",
        "ratio ≥ 0.5",
        met=ratio >= 0.5,
    )


def _plain(folder: Path, body: bytes, turn: int) -> None:
    draft, name = folder / "plain.tmp", folder / f"plain-{turn}"
    with draft.open("wb") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    draft.rename(name)
    directory = os.open(folder, os.O_RDONLY)
    os.fsync(directory)
    os.close(directory)
