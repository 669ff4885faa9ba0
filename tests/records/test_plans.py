"""Lists that are asked for on every page are counted along an index."""

import pytest

from archive_service import records
from archive_service.bootstrap import Archive
from archive_service.kernel.actor import service_actor
from archive_service.records import InboxPart
from tests.support.clock import MovableClock
from tests.support.house import House
from tests.support.plans import planned

MARKED = "SCAN version USING INDEX ix_version_marked"  # nothing but those with the mark of a state secret


def test_papers_of_each_class_are_counted_in_the_order_of_their_index(on_sqlite: Archive) -> None:
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        records.class_counts(session, service_actor())
    assert plans[0] == "SCAN document USING COVERING INDEX ix_document_class_code_id"
    assert plans[2] == MARKED and not whole_tables(plans[1:])


def test_who_sees_only_some_levels_is_told_the_same_from_the_index_alone(on_sqlite: Archive) -> None:
    front_desk = House(on_sqlite, MovableClock()).person("lin", "front_desk")
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        records.class_counts(session, front_desk)
    assert plans[0] == "SCAN document USING COVERING INDEX ix_document_class_code_id"
    assert plans[2] == MARKED and not whole_tables(plans[1:])


@pytest.mark.parametrize("part", InboxPart)
def test_the_inbox_reads_what_waits_and_nothing_else(on_sqlite: Archive, part: InboxPart) -> None:
    front_desk = House(on_sqlite, MovableClock()).person("lin", "front_desk")
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        records.inbox(session, front_desk, part)
    assert not whole_tables(plans)
    assert not [step for step in plans if "created_by" in step]


def test_what_waits_in_the_inbox_is_counted_in_one_walk_of_each_half(on_sqlite: Archive) -> None:
    front_desk = House(on_sqlite, MovableClock()).person("lin", "front_desk")
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        records.inbox_counts(session, front_desk)
    assert not whole_tables(plans)
    # Whether one of the few marked ones is filed is looked up by its id.
    searches = [step for step in plans if step.startswith("SEARCH") and "document_" not in step.split()[1]]
    assert MARKED in plans and searches[:3] == [
        "SEARCH document USING COVERING INDEX ix_document_class_code_id (class_code=?)",
        "SEARCH version USING INDEX ix_version_state_id (state=?)",
        "SEARCH document USING INDEX sqlite_autoindex_document_1 (id=?)",
    ]
    assert "SCAN document USING COVERING INDEX ix_document_unfiled_id" in plans
    assert [step for step in plans if "review" in step] == [
        "SCAN review USING INDEX ix_review_pending_id",
        "SEARCH review USING INDEX ix_review_mender_id (mender=?)",
    ]


def test_the_newest_are_found_by_walking_back_from_the_last(on_sqlite: Archive) -> None:
    """And not by sorting all that an index with their levels holds."""
    front_desk = House(on_sqlite, MovableClock()).person("lin", "front_desk")
    with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
        records.documents(session, front_desk)
    assert "SCAN document USING INDEX sqlite_autoindex_document_1" in plans


def whole_tables(plans: list[str]) -> list[str]:
    """Of a partial index, which holds nothing but what waits or bears a mark, all is looked at on purpose."""
    scans = [step for step in plans if step.startswith(("SCAN document", "SCAN version"))]
    return [step for step in scans if "ix_document_unfiled_id" not in step and step != MARKED]


def test_case_files_and_what_stands_in_them_come_in_the_order_of_an_index(on_sqlite: Archive) -> None:
    house = House(on_sqlite, MovableClock())
    archivist, front_desk = house.person("chen", "archivist"), house.person("lin", "front_desk")
    for actor in (archivist, front_desk):
        with planned(on_sqlite.sessions.engine) as plans, on_sqlite.reading() as session:
            records.case_files(session, actor)
            records.case_file_count(session, actor)
            records.file_lines(session, actor, 1)
            records.catalogue_lines(session, actor, records.Catalogue("WY01", "WS.02", 2026))
        sorted_anew = [step for step in plans if "B-TREE" in step]
        assert sorted_anew == ["USE TEMP B-TREE FOR ORDER BY"] * 2  # twice the hundred classes of the plan
        walked = [step for step in plans if step.startswith(("SCAN filing", "SCAN document"))]
        assert not walked
