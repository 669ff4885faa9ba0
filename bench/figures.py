"""Figures as they are printed: ours, what they should be, what the rival's are."""

import os
import platform
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True, slots=True)
class Figure:
    """``target`` and ``rival``: in words, with their unit. ``met`` None where there is nothing to meet."""

    what: str
    ours: str
    target: str = ""
    rival: str = ""
    met: bool | None = None


def milliseconds(seconds: float) -> str:
    return f"{seconds * 1000:.1f} ms"


def p50(values: Sequence[float]) -> float:
    return statistics.median(values)


def p95(values: Sequence[float]) -> float:
    return sorted(values)[max(0, round(len(values) * 0.95) - 1)]


def table(figures: Sequence[Figure]) -> str:
    """Markdown, so that it can be kept in docs."""
    rival = "Rival: paperless-ngx 3.0.5 with its defaults on such a machine."
    lines = [
        f"{_machine()}, {datetime.now(UTC).date().isoformat()}. {rival}",
        "",
        "| figure | ours | wanted | | rival |",
        "|---|---|---|---|---|",
    ]
    marks = {True: "met", False: "NOT met", None: ""}
    lines += [f"| {f.what} | {f.ours} | {f.target} | {marks[f.met]} | {f.rival} |" for f in figures]
    return "\n".join(lines)


def _machine() -> str:
    model = platform.processor() or platform.machine()
    try:
        with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123  (a kernel file)
            model = next(line.split(":", 1)[1].strip() for line in file if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return f"{model}, {len(os.sched_getaffinity(0))} cores, Python {platform.python_version()}"
