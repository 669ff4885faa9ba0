"""The worker opens the lists of new case files, and chases by night."""

from archive_service import jobs, premises
from archive_service.checklists import OpenedFilter
from archive_service.jobs import JobName
from tests.checklists.centre import Centre
from tests.support.house import House
from tests.workers.test_handing_out import Post, settle, worker
from workers.job_runs import run_job
from workers.runtime import Worker

__all__ = ["worker"]


def test_a_case_file_that_is_opened_gets_its_list_and_its_gaps_become_tasks(
    house: House, centre: Centre, worker: Worker
) -> None:
    file = centre.file()
    with house.work() as work:
        work.publish("case-file.opened", case_file_id=file.id)  # told twice
    settle(worker, Post())
    (opened,) = centre.listed(OpenedFilter(unit_id=centre.unit))
    assert (opened.checklist.code, opened.case_file_id) == ("CL-ZX", file.id)
    house.clock.passes(days=30)
    assert run_job(worker.tools, JobName.CHECKLIST_GAPS)
    with house.archive.reading() as session:
        run = jobs.latest_runs(session)[JobName.CHECKLIST_GAPS.value]
        assert premises.unit_names(session, [centre.unit]) == {centre.unit: "3栋2单元1201"}
    assert run.note == "opened=6 escalated=0"
