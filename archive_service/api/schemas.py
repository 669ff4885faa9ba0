"""Bases of what the API takes and gives. What isn't declared is refused, never ignored."""

import unicodedata
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator

from archive_service.kernel.errors import UnknownField


class Asked(BaseModel):
    """Something that comes in. Raises UnknownField (400) before anything else is looked at."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, data: Any) -> Any:
        if isinstance(data, Mapping):
            known = {declared.alias or name for name, declared in cls.model_fields.items()}
            for name in data:
                if name not in known:
                    raise UnknownField(field=str(name)[:40])
        return data


class Told(BaseModel):
    """Something that goes out."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def _plain(text: str) -> str:
    if any(unicodedata.category(char) in ("Cc", "Cs") and char not in "\t\r\n" for char in text):
        raise ValueError("control characters are not taken")
    return text


Line = Annotated[str, Field(max_length=1000), AfterValidator(_plain)]
"""A text without control characters, which databases refuse; services clean and measure it further."""
Passage = Annotated[str, Field(max_length=2000), AfterValidator(_plain)]
"""The same, longer: what somebody states."""


class FieldProblem(Told):
    """One field that can't be taken: where it stood, its name, and what is wrong as a stable code."""

    place: str = Field(description="json, form or query")
    field: str
    code: str


class Problem(BaseModel):
    """RFC 9457 problem details."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    code: str = Field(description="stable; programs may rely on it")
    detail: str = Field(description="a sentence for a person, in the language that was asked for")
    instance: str | None = Field(default=None, description="names this occurrence in the log")
    field: str | None = None
    reference: str | None = Field(default=None, description="to be told when reporting it")
    errors: list[FieldProblem] | None = None
