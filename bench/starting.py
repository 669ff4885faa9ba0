"""How soon the first reply comes, and how much memory an idle service takes."""

import statistics
import time
from collections.abc import Iterator
from pathlib import Path

from bench.figures import Figure
from bench.fonts import chinese_font
from bench.pages import as_pdf, draw_page, prose
from tests.support.service import Service

IDLE_SECONDS = 8


def figures(folder: Path) -> Iterator[Figure]:
    service = Service(folder / "data", ARCHIVE_READING_IDLE_SECONDS=str(IDLE_SECONDS))
    with service:
        token = service.token_for("bench", "archivist")
    starts = []
    for _ in range(5):
        started = time.perf_counter()
        service.start()
        starts.append(time.perf_counter() - started)
        service.stop()
    yield Figure(
        "first reply of `archive up`, warm",
        f"{statistics.median(starts):.1f} s",
        "≤ 3 s",
        "5.2 s",
        statistics.median(starts) <= 3,
    )
    with service, service.client(token) as client:
        client.get("/api/v1/documents").raise_for_status()
        time.sleep(5)
        idle = memory(service)
        page = draw_page(prose(600, 1), chinese_font())
        answer = client.post("/api/v1/documents", files={"file": ("scan.pdf", as_pdf([page]))})
        document = answer.json()["id"]
        service.wait_for(
            lambda: client.get(f"/api/v1/documents/{document}").json()["state"] == "searchable", 120
        )
        busy = memory(service)
        time.sleep(IDLE_SECONDS + 8)
        after = memory(service)
    yield Figure("idle memory of all processes (PSS)", f"{idle:.0f} MiB", "≤ 300 MiB", "554 MiB", idle <= 300)
    yield Figure(
        "memory just after reading a scan, and when idle again",
        f"{busy:.0f} → {after:.0f} MiB",
        "given back",
        met=after < busy - 100 or after <= 300,
    )


def memory(service: Service) -> float:
    """Proportional set size of every process of the service, MiB."""
    return sum(process.memory_full_info().pss for process in service.family()) / (1 << 20)
