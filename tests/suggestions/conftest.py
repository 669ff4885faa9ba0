import uuid

import pytest
from sqlalchemy import text

from archive_service import suggestions
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.suggestions import Proposal
from tests.support.house import House
from tests.support.pages import Desk


class Thinker:
    """What the background does with papers, by hand."""

    def __init__(self, house: House) -> None:
        self.house = house

    def thinks(self, document_id: DocumentId) -> None:
        version_id = self.house.document(document_id).version_id
        model = suggestions.active_model(self.house.archive)
        with self.house.archive.reading() as session:
            thought = suggestions.think(session, version_id, model)
        with self.house.work() as work:
            suggestions.propose(work, version_id, thought)

    def shows(self, document_id: DocumentId, actor: Actor) -> Proposal | None:
        with self.house.archive.reading() as session:
            return suggestions.of_document(session, actor, document_id)

    def files(self, document_id: DocumentId) -> None:
        """As filing leaves it; numbers and files are no part of these stories."""
        with self.house.work() as work:
            on_sqlite = work.session.get_bind().dialect.name == "sqlite"
            work.session.execute(
                text("UPDATE document SET archival_no = :no WHERE id = :id"),
                {"no": f"T-{uuid.uuid4()}", "id": document_id.hex if on_sqlite else document_id},
            )


@pytest.fixture
def thinker(house: House) -> Thinker:
    return Thinker(house)


@pytest.fixture
def chen(house: House) -> Actor:
    """An archivist: sees everything that waits."""
    return house.person("chen", "archivist")


@pytest.fixture
def desk(house: House) -> Desk:
    return Desk(house.archive)
