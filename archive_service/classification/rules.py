"""Reads the file plan's YAML into frozen values and refuses one that contradicts itself."""

import hashlib
from dataclasses import dataclass
from importlib import resources
from typing import Any

import yaml

from archive_service.kernel.levels import Level


class BadPlan(ValueError):
    """The plan can't be loaded; the text says which class and why."""


@dataclass(frozen=True, slots=True)
class PlannedClass:
    code: str
    parent: str | None
    name_zh: str
    name_en: str
    selectable: bool
    level: Level
    retention_zh: str  # label of the retention period, "" for headings
    doc_types: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FilePlan:
    scheme: str
    version: str
    digest: str  # SHA-256 of the file: tells whether a loaded plan is still this one
    classes: tuple[PlannedClass, ...]  # parents before children


def _shipped() -> bytes:
    return resources.files("archive_service.classification").joinpath("data/file_plan.yaml").read_bytes()


def shipped_digest() -> str:
    """The digest of ``shipped_plan()``, without the cost of reading what it says."""
    return hashlib.sha256(_shipped()).hexdigest()


def shipped_plan() -> FilePlan:
    return parse_plan(_shipped())


def parse_plan(data: bytes) -> FilePlan:
    """Raises BadPlan for a repeated code, a parent that comes later or never, an unknown level."""
    document: dict[str, Any] = yaml.safe_load(data)
    classes: dict[str, PlannedClass] = {}
    for raw in document["classes"]:
        code, parent = str(raw["code"]), raw.get("parent")
        if code in classes:
            raise BadPlan(f"{code}: stands twice")
        if parent is not None and parent not in classes:
            raise BadPlan(f"{code}: its parent {parent} does not come before it")
        try:
            level = Level(raw["confidentiality"])
        except ValueError as error:
            raise BadPlan(f"{code}: unknown level {raw['confidentiality']}") from error
        classes[code] = PlannedClass(
            code=code,
            parent=parent,
            name_zh=raw["zh"],
            name_en=raw["en"],
            selectable=bool(raw["selectable"]),
            level=level,
            retention_zh=raw.get("retention", {}).get("label_zh", ""),
            doc_types=tuple(raw.get("doc_types", ())),
        )
    scheme = document["scheme"]
    digest = hashlib.sha256(data).hexdigest()
    return FilePlan(str(scheme["id"]), str(scheme["version"]), digest, tuple(classes.values()))
