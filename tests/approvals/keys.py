"""A kind of request that only tests know: whether somebody may have a key of the archive room."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session

from archive_service import approvals
from archive_service.approvals import ChainStep, RequestRow
from archive_service.kernel.actor import Actor, service_actor
from archive_service.kernel.ids import ApprovalId
from archive_service.people import Role
from archive_service.unit_of_work import UnitOfWork
from tests.support.house import House

MANAGER, HEAD, LEADER = Role.SC_MANAGER, Role.ARCHIVE_HEAD, Role.COMPANY_LEADER
SHIPPED: Final[Mapping[str, tuple[ChainStep, ...]]] = {
    "spare": (),
    "day": (ChainStep(MANAGER),),
    "night": (ChainStep(MANAGER), ChainStep(HEAD)),
    "master": (ChainStep(MANAGER, 2), ChainStep(LEADER)),
}


@dataclass(slots=True)
class KeyKind:
    """``hook``: where the key hangs, on which a decision stands. ``ended``: how requests ended."""

    hook: str = "A7"
    ended: list[RequestRow] = field(default_factory=list)
    code: str = "key"

    def facts(self, session: Session, subject: str) -> Mapping[str, str]:
        return {"hook": self.hook, "copies": "2"}

    def settled(self, work: UnitOfWork, request: RequestRow) -> None:
        self.ended.append(request)


class KeyRoom:
    """Keys are asked for and handed out here."""

    def __init__(self, house: House) -> None:
        self.house, self.keys = house, KeyKind()
        self.kinds = approvals.gathered(self.keys)
        with house.work() as work:
            approvals.load_chains(work, "key", SHIPPED)

    def asks(
        self,
        who: Actor,
        case: str = "day",
        key: int = 1,
        *,
        lapses_at: datetime | None = None,
        chain: Sequence[ChainStep] | None = None,
    ) -> ApprovalId:
        with self.house.work(who) as work:
            return approvals.ask(
                work,
                self.kinds,
                kind="key",
                case=case,
                subject=f"key:{key}",
                title=f"库房钥匙 {key} 号",
                lapses_at=lapses_at,
                chain=chain,
            ).id

    def decides(
        self,
        who: Actor,
        request_id: ApprovalId,
        approve: bool = True,
        comment: str = "",
        seen: int | None = None,
    ) -> RequestRow:
        with self.house.work(who) as work:
            return approvals.decide(work, self.kinds, request_id, approve=approve, comment=comment, seen=seen)

    def withdraws(self, who: Actor, request_id: ApprovalId) -> RequestRow:
        with self.house.work(who) as work:
            return approvals.withdraw(work, self.kinds, request_id)

    def row(self, request_id: ApprovalId, actor: Actor | None = None) -> RequestRow:
        with self.house.archive.reading() as session:
            now = self.house.clock.now()
            return approvals.request(session, actor or service_actor(), now, request_id)

    def waiting(self, who: Actor) -> list[ApprovalId]:
        """Ids of what waits for them, which is also what the count says."""
        now = self.house.clock.now()
        with self.house.archive.reading() as session:
            found = [one.id for one in approvals.waiting_for(session, who, now)]
            assert approvals.waiting_count(session, who, now) == len(found)
        return found

    def able(self, request_id: ApprovalId) -> list[tuple[str, str | None]]:
        """Who could decide now, and for whom."""
        row = self.row(request_id)
        with self.house.archive.reading() as session:
            found = approvals.could_decide(session, self.house.clock.now(), row)
        return [(one.name, one.on_behalf_of) for one in found]
