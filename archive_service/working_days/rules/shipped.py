"""The years that come with the service, read from its own data."""

from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from archive_service.working_days.rules import NamedDay


@dataclass(frozen=True, slots=True)
class ShippedYear:
    """``source``: the notice that announces its days."""

    year: int
    source: str
    days: tuple[NamedDay, ...]


@lru_cache(maxsize=1)
def shipped_years() -> tuple[ShippedYear, ...]:
    data = resources.files("archive_service.working_days").joinpath("data/working_days.yaml")
    return tuple(_year(one) for one in yaml.safe_load(data.read_text("utf-8"))["years"])


def _year(raw: dict[str, Any]) -> ShippedYear:
    days = [NamedDay(day, False, one["name"]) for one in raw["holidays"] for day in _days(one)]
    days += [NamedDay(one["day"], True, one["name"]) for one in raw["working"]]
    return ShippedYear(raw["year"], raw["source"], tuple(sorted(days, key=lambda one: one.day)))


def _days(raw: dict[str, Any]) -> list[date]:
    first, last = raw["from"], raw["to"]
    return [first + timedelta(days=n) for n in range((last - first).days + 1)]
