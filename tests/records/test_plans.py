"""Lists that are asked for on every page are counted along an index."""

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from tests.support.plans import planned


def test_papers_of_each_class_are_counted_in_the_order_of_their_index(on_sqlite: Archive) -> None:
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        records.class_counts(session, service_actor())
    assert plans == ["SCAN document USING INDEX ix_document_class_code_id"]
