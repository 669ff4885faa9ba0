"""What other capabilities hang on a unit that changes hands: decided in the same act, carried out by them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Protocol

from sqlalchemy.orm import Session

from archive_service.kernel.actor import Actor
from archive_service.unit_of_work import UnitOfWork


@dataclass(frozen=True, slots=True)
class Hung:
    """``key``: of the decision, such as ``checklist:12``; what a person calls it."""

    key: str
    name_zh: str
    name_en: str

    def name(self, language: str) -> str:
        return self.name_zh if language.startswith("zh") else self.name_en


class Follower(Protocol):
    def hanging(
        self, session: Session, actor: Actor, unit_id: int, case_file_ids: Collection[int]
    ) -> Sequence[Hung]:
        """Of the unit and of its owners' files that are open, as far as the actor knows of it."""

    def end(self, work: UnitOfWork, keys: Collection[str], reason: str) -> None:
        """Those of ``hanging`` that don't go on; ``reason``: of the transfer, as typed. What has ended by itself meanwhile
        stays as it is."""
