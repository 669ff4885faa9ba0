"""Every periodic job: when it runs (Asia/Shanghai) and what it calls."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from celery.schedules import crontab

from archive_service import (
    api,
    approvals,
    audit,
    bulk,
    checklists,
    intake,
    jobs,
    loans,
    outbox,
    people,
    records,
    reminders,
    search,
    suggestions,
)
from archive_service.jobs import JobName
from archive_service.kernel.actor import service_actor
from storage import Digest
from workers import looking
from workers.job_runs import Progress
from workers.toolbox import Toolbox


@dataclass(frozen=True, slots=True)
class Job:
    """``run`` answers with a note for the record, "key=value" pairs."""

    when: crontab
    run: Callable[[Toolbox, Progress], str]


def compare_index(tools: Toolbox, progress: Progress) -> str:
    report = search.reconcile(tools.archive, lambda done: progress(done, None))
    told = f"missing={report.missing} strange={report.strange} stale={report.stale} rebuilt={report.rebuilt}"
    return f"{told} refused={','.join(map(str, report.refused[:20]))}" if report.refused else told


def tidy_index(tools: Toolbox, _progress: Progress) -> str:
    tools.archive.index.tidy()
    return f"entries={tools.archive.index.count()}"


def sweep_blobs(tools: Toolbox, _progress: Progress) -> str:
    """Bytes that no row names a day after they came: left by uploads that were never committed."""

    def referenced(digests: Sequence[Digest]) -> set[Digest]:
        with tools.archive.reading() as session:
            named = records.referenced_digests(session, digests) | intake.referenced_digests(session, digests)
            named |= suggestions.referenced_digests(session, digests)
            named |= bulk.referenced_digests(session, digests) | loans.referenced_digests(session, digests)
        return {Digest(digest) for digest in named}

    older_than = tools.archive.clock.now() - timedelta(days=1)
    report = tools.archive.blobs.sweep(referenced, older_than)
    return f"removed={report.removed}"


def expire_uploads(tools: Toolbox, _progress: Progress) -> str:
    finished = intake.finish_complete_uploads(tools.archive)
    expired = intake.expire_uploads(tools.archive)
    return f"finished={finished} expired={expired}"


def expire_bulk(tools: Toolbox, _progress: Progress) -> str:
    imports = bulk.importing.expire(tools.archive)
    return f"imports={imports} exports={bulk.exporting.expire(tools.archive)}"


def verify_audit(tools: Toolbox, progress: Progress) -> str:
    settings = tools.archive.settings
    key = audit.signing_key(settings.data_dir).public_key()
    with tools.archive.reading() as session:
        faults = audit.examine(session, settings.heads_dir, key, lambda done: progress(done, None))
    if faults:
        raise AuditChainBroken(f"{faults[0].code} seq={faults[0].seq} {faults[0].file}")
    return "unbroken"


def sign_audit(tools: Toolbox, _progress: Progress) -> str:
    settings = tools.archive.settings
    key = audit.signing_key(settings.data_dir)
    with tools.archive.unit_of_work(service_actor()) as work:
        head = audit.sign_head(work.session, work.now, "service/job", key, settings.heads_dir)
    return f"row={head.seq}" if head else "signed before"


def learn_from_filings(tools: Toolbox, progress: Progress) -> str:
    marked = suggestions.mark_old_papers(tools.archive, progress)
    trained = suggestions.train(tools.archive, progress)
    with tools.archive.unit_of_work(service_actor()) as work:
        tidied = suggestions.tidy(work)
    told = f"papers={trained.papers} marked={marked} tidied={tidied}"
    if trained.version is None:
        return f"{told} too-few=True"
    return f"{told} version={trained.version} accuracy={trained.accuracy:.3f} active={trained.active}"


class AuditChainBroken(Exception):
    """Somebody changed the trail behind the service's back."""


def chase_gaps(tools: Toolbox, progress: Progress) -> str:
    opened, escalated = checklists.chase_gaps(tools.archive, progress)
    return f"opened={opened} escalated={escalated}"


def lapse_approvals(tools: Toolbox, _progress: Progress) -> str:
    lapsed, failed = approvals.lapse_due(tools.archive, loans.KINDS)
    return f"lapsed={lapsed} failed={failed}"


def remind_of_loans(tools: Toolbox, progress: Progress) -> str:
    counts = loans.daily_round(tools.archive, progress)
    return " ".join(f"{name}={count}" for name, count in counts.items())


def housekeeping(tools: Toolbox, _progress: Progress) -> str:
    with tools.archive.unit_of_work(service_actor()) as work:
        messages = outbox.prune(work.session, work.now)
        sessions = people.sweep_sessions(work.session, work.now)
        answers = api.prune(work.session, work.now)
        workers = jobs.forget_workers(work.session, seen_before=work.now - timedelta(days=1))
    notices = reminders.prune_notices(tools.archive, tools.ending.is_set)
    told = f"messages={messages} sessions={sessions} answers={answers} workers={workers}"
    return f"{told} notices={notices}"


def link_units(tools: Toolbox, progress: Progress) -> str:
    """Papers and case files whose unit came into the register after them, or was written before there was one."""
    linked = 0
    document, going = None, True
    while going and not tools.ending.is_set():
        with tools.archive.unit_of_work(service_actor()) as work:
            document, found = records.link_documents(work, document)
        going, linked = document is not None, linked + found
        progress(linked, None)
    case_file: int | None = 0
    while case_file is not None and not tools.ending.is_set():
        with tools.archive.unit_of_work(service_actor()) as work:
            case_file, found = records.link_case_files(work, case_file)
        linked += found
        progress(linked, None)
    return f"linked={linked}"


JOBS: Final[dict[JobName, Job]] = {
    JobName.INDEX_CONSISTENCY: Job(crontab(minute="40", hour="3"), compare_index),
    JobName.INDEX_TIDY: Job(crontab(minute="10", hour="4"), tidy_index),
    JobName.BLOB_SWEEP: Job(crontab(minute="20", hour="3"), sweep_blobs),
    JobName.UPLOAD_EXPIRY: Job(crontab(minute="15"), expire_uploads),
    JobName.BULK_EXPIRY: Job(crontab(minute="25"), expire_bulk),
    JobName.AUDIT_VERIFY: Job(crontab(minute="0", hour="3"), verify_audit),
    JobName.APPROVALS_LAPSE: Job(crontab(minute="35"), lapse_approvals),
    JobName.CHECKLIST_GAPS: Job(crontab(minute="30", hour="2"), chase_gaps),
    JobName.LOAN_REMINDERS: Job(crontab(minute="30", hour="8"), remind_of_loans),
    JobName.UNIT_LINKS: Job(crontab(minute="30", hour="2"), link_units),
    JobName.LOOK_ALIKES: Job(crontab(minute="20", hour="1"), looking.look_at_all),
    JobName.AUDIT_SIGN: Job(crontab(minute="7", hour="0"), sign_audit),
    JobName.HOUSEKEEPING: Job(crontab(minute="5"), housekeeping),
    # On Sundays, when nobody waits for the machine.
    JobName.SUGGESTIONS_TRAIN: Job(crontab(minute="30", hour="2", day_of_week="0"), learn_from_filings),
}
