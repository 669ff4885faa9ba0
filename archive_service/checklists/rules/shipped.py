"""The checklists that come with the service, read from its own data."""

from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

import yaml

from archive_service.checklists.rules import Fact, Mandatory, PaperForm, Stage


@dataclass(frozen=True, slots=True)
class ShippedEntry:
    code: str
    name_zh: str
    name_en: str
    mandatory: Mandatory
    when: str  # the fact that makes it needed; "" unless conditional
    stage: str
    class_code: str
    form: PaperForm
    pii: str
    note_zh: str
    note_en: str


@dataclass(frozen=True, slots=True)
class ShippedList:
    """``opens_for``: classes whose case files open the list."""

    code: str
    name_zh: str
    name_en: str
    event_zh: str
    event_en: str
    opens_for: tuple[str, ...]
    note_zh: str
    note_en: str
    sources: tuple[str, ...]
    completion_rules: tuple[str, ...]
    promise_opens_task: bool
    stages: tuple[Stage, ...]
    facts: tuple[Fact, ...]
    entries: tuple[ShippedEntry, ...]


@dataclass(frozen=True, slots=True)
class Shipped:
    version: str
    lists: tuple[ShippedList, ...]


@lru_cache(maxsize=1)
def shipped_lists() -> Shipped:
    data = resources.files("archive_service.checklists").joinpath("data/checklists.yaml").read_text("utf-8")
    raw = yaml.safe_load(data)
    return Shipped(str(raw["version"]), tuple(_list(one) for one in raw["checklists"]))


def _list(raw: dict[str, Any]) -> ShippedList:
    return ShippedList(
        code=raw["id"],
        name_zh=raw["zh"],
        name_en=raw["en"],
        event_zh=raw["event_zh"],
        event_en=raw["event_en"],
        opens_for=tuple(raw.get("opens_for", ())),
        note_zh=raw.get("note_zh", ""),
        note_en=raw.get("note_en", ""),
        sources=tuple(raw["sources"]),
        completion_rules=tuple(raw.get("completion_rules", ())),
        promise_opens_task=bool(raw.get("promise_opens_task", False)),
        stages=tuple(
            Stage(one["code"], one["zh"], one["en"], tuple(one.get("complete_before", ())))
            for one in raw.get("stages", ())
        ),
        facts=tuple(Fact(one["code"], one["zh"], one["en"]) for one in raw["facts"]),
        entries=tuple(_entry(one) for one in raw["items"]),
    )


def _entry(raw: dict[str, Any]) -> ShippedEntry:
    return ShippedEntry(
        code=raw["code"],
        name_zh=raw["zh"],
        name_en=raw["en"],
        mandatory=Mandatory(raw["mandatory"]),
        when=raw.get("when", ""),
        stage=raw.get("stage", ""),
        class_code=raw["class"],
        form=PaperForm(raw["form"]),
        pii=raw["pii"],
        note_zh=raw.get("note_zh", ""),
        note_en=raw.get("note_en", ""),
    )
