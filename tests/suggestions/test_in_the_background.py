"""A paper that comes in has its proposals as soon as it has been read, and once only."""

from sqlalchemy import text

from archive_service import jobs, outbox, records
from archive_service.jobs import JobName
from archive_service.kernel.actor import Actor
from archive_service.suggestions import Field
from tests.suggestions.conftest import Thinker
from tests.support.house import House
from tests.workers.test_handing_out import Post, Worker, note, settle, worker
from workers.job_runs import run_job
from workers.schedule import JOBS
from workers.topics import TOPICS

__all__ = ["worker"]


def test_what_came_in_is_proposed_for_by_itself(
    house: House, worker: Worker, thinker: Thinker, chen: Actor
) -> None:
    paper = note(house, "报修单 BX-20260612-07\n报修人陈设例(6栋0705)，厨房下水堵塞。")
    settle(worker, Post())
    proposal = thinker.shows(paper, chen)
    assert proposal is not None
    found = proposal.first(Field.CLASS_CODE)
    assert found is not None and found.value == "KF.03"
    with house.archive.reading() as session:
        assert outbox.backlog(session) == []


def test_told_twice_there_is_one_proposal(house: House, worker: Worker) -> None:
    paper = note(house, "装修申请表\n房号3栋1201")
    settle(worker, Post())
    with house.work() as work:
        work.publish("suggestions.propose", version_id=house.document(paper).version_id)
    settle(worker, Post())
    with house.archive.reading() as session:
        assert session.execute(text("SELECT count(*) FROM proposal")).scalar() == 1


def test_a_paper_that_is_discarded_meanwhile_gets_none(house: House, worker: Worker, chen: Actor) -> None:
    with house.work(chen) as work:
        paper = records.add_document(work, house.blob("便条".encode(), "便条.txt"), records.Description())
        records.discard(work, paper)
    settle(worker, Post())
    with house.archive.reading() as session:
        assert session.execute(text("SELECT count(*) FROM proposal")).scalar() == 0
        assert outbox.backlog(session) == []


def test_the_weekly_job_says_that_there_is_too_little_to_learn_from(house: House, worker: Worker) -> None:
    assert "suggestions.propose" in TOPICS and JobName.SUGGESTIONS_TRAIN in JOBS
    assert run_job(worker.tools, JobName.SUGGESTIONS_TRAIN)
    with house.archive.reading() as session:
        run = jobs.latest_runs(session)[JobName.SUGGESTIONS_TRAIN.value]
    assert run.note == "papers=0 marked=0 tidied=0 too-few=True"
