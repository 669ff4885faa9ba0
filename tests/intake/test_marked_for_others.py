"""Of a paper with the mark of a state secret only those learn who brought it in or say what becomes of it."""

import pytest

from archive_service import records
from archive_service.bulk.queries import exports
from archive_service.bulk.rules import NothingChosen
from archive_service.bulk.rules.selection import ticked
from archive_service.bulk.service import editing, exporting
from archive_service.kernel.actor import Actor
from archive_service.kernel.errors import NotFound
from archive_service.kernel.levels import Level
from archive_service.records import MarkedPaper
from tests.intake.test_marked_papers import marked
from tests.support.house import House


@pytest.fixture
def wang(house: House) -> Actor:
    """Another archivist, who didn't bring it in."""
    return house.person("wang", "archivist")


def test_nobody_else_learns_of_it_by_any_way_round(house: House, chen: Actor, wang: Actor) -> None:
    """Not by its address, a reference, a list that goes out, or an edit of many."""
    lin, sun = house.person("lin", "front_desk"), house.person("sun", "finance")
    public = house.paper(chen, class_code="WS.02", level=Level.PUBLIC)
    paper = marked(house, chen)
    with house.archive.reading() as session:
        for somebody in (lin, sun, house.person("zhao", "sc_manager"), house.person("he", "auditor")):
            with pytest.raises(NotFound):
                records.document(session, somebody, paper)
            assert records.counts(session, somebody).documents == 1
            assert records.inbox_counts(session, somebody).all == 0
        for somebody in (chen, wang):
            assert records.document(session, somebody, paper).trouble == records.MARKED
    with pytest.raises(MarkedPaper), house.work(wang) as work:
        records.relate_documents(work, public, paper, records.RelationKind.SEE_ALSO)
    with pytest.raises(NothingChosen):
        editing.choose(house.archive, wang, ticked([str(paper)]))
    with house.work(wang) as work:
        export = exporting.request(work, ticked([str(paper), str(public)]), with_originals=False)
    exporting.run(house.archive, export)
    with house.archive.reading() as session:
        assert exports.export_view(session, wang, export).documents == 1


def test_finance_keeps_the_marked_papers_of_its_own_classes(house: House, chen: Actor) -> None:
    sun = house.person("sun", "finance")
    paper = marked(house, chen, class_code="KU.02")
    with house.archive.reading() as session:
        assert records.document(session, sun, paper).trouble == records.MARKED
