import pytest

from archive_service import jobs
from archive_service.jobs import JobName
from tests.support.house import House


def started(house: House) -> int:
    with house.work() as work:
        return jobs.start(work.session, work.now, JobName.BLOB_SWEEP)


def test_one_run_of_a_job_at_a_time(house: House) -> None:
    run = started(house)
    with pytest.raises(jobs.AlreadyRunning), house.work() as work:
        jobs.start(work.session, work.now, JobName.BLOB_SWEEP)
    with house.work() as work:
        jobs.finish(work.session, work.now, jobs.service.JobRunId(run), ok=True, note="removed=3")
    started(house)


def test_a_run_whose_worker_died_gives_way(house: House) -> None:
    started(house)
    house.clock.passes(minutes=11)
    started(house)
    with house.archive.reading() as session:
        assert [r.state for r in jobs.recent_runs(session)] == ["running", "interrupted"]
        assert jobs.latest_runs(session)[JobName.BLOB_SWEEP].state == "running"
