"""How what a person chose stands to what was proposed."""

import re
import unicodedata
from collections.abc import Sequence
from enum import StrEnum

from archive_service.suggestions.rules import Field
from archive_service.suggestions.rules.kept import Kept


class Met(StrEnum):
    FIRST = "first"  # the first candidate was right
    LISTED = "listed"  # one of the others was
    MISSED = "missed"  # there were candidates, and none was right
    NONE = "none"  # nothing was proposed


def met(field: Field, candidates: Sequence[Kept], value: str) -> Met:
    """``candidates`` of this field, surest first."""
    if not candidates:
        return Met.NONE
    wanted = alike(field, value)
    for place, candidate in enumerate(candidates):
        if alike(field, candidate.value) == wanted:
            return Met.LISTED if place else Met.FIRST
    return Met.MISSED


def alike(field: Field, value: str) -> str:
    """What two writings of the same value have in common."""
    plain = unicodedata.normalize("NFKC", value).strip()
    if field in (Field.DOC_NUMBER, Field.DRAWING_NO, Field.UNIT, Field.TITLE, Field.DRAWING_TITLE):
        return re.sub(r"[\W_]", "", plain).lower()
    if field is Field.AMOUNT:
        number = plain.replace(",", "").removesuffix("元")
        return f"{float(number):.2f}" if re.fullmatch(r"\d{1,10}(?:\.\d{1,2})?", number) else plain
    return re.sub(r"\s", "", plain)
