"""Photographs become pictures that may be shown; the daily round is a job."""

import io

import pytest
from PIL import Image

from archive_service import jobs, loans
from archive_service.jobs import JobName
from archive_service.loans.rules.refusals import WrongStep
from storage import Digest
from tests.loans.counter import Counter
from tests.workers.test_handing_out import Post, settle, worker
from workers.job_runs import run_job
from workers.runtime import Worker

__all__ = ["worker"]


def photo(counter: Counter, content: bytes, item: loans.LoanItemId) -> None:
    blob = counter.house.archive.blobs.put([content])
    with counter.house.work(counter.chen) as work:
        loans.add_photo(work, item, blob.digest, blob.size)


def test_a_photograph_is_shown_as_the_picture_that_was_made_of_it(counter: Counter, worker: Worker) -> None:
    out = io.BytesIO()
    Image.new("RGB", (640, 480), "grey").save(out, "JPEG")
    slip = counter.asks(counter.lin, counter.paper())
    [item] = counter.items(slip)
    with pytest.raises(WrongStep):
        photo(counter, out.getvalue(), item.id)
    counter.approved(slip)
    photo(counter, out.getvalue(), item.id)
    photo(counter, b"<svg onload=alert(1)>", item.id)
    settle(worker, Post())
    with counter.house.archive.reading() as session:
        good, bad = loans.photos_of(session, slip.id)
        assert good.picture is not None
        named = loans.referenced_digests(session, [good.picture, "0" * 64])
    assert (good.moment, good.state, bad.state, bad.picture) == ("issue", "ready", "refused", None)
    assert named == {good.picture}
    with counter.house.archive.blobs.open(Digest(good.picture)) as file:
        assert file.read() != out.getvalue()
    assert run_job(worker.tools, JobName.LOAN_REMINDERS)
    with counter.house.archive.reading() as session:
        run = jobs.latest_runs(session)[JobName.LOAN_REMINDERS.value]
    assert run.state == "done" and "reminded=0" in run.note
