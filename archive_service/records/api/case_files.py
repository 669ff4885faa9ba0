"""Case files (案卷), for programs: opened, described, closed and opened again."""

from dataclasses import fields
from datetime import date
from typing import Final

from flask import Response, url_for
from pydantic import Field, StrictInt

from archive_service.api import Reply, doors, once
from archive_service.api.schemas import Asked, Line, Told
from archive_service.kernel.actor import Permission
from archive_service.kernel.errors import N_
from archive_service.kernel.masking import mask
from archive_service.records.api.answers import ClassCode, PageNumber, PageSize
from archive_service.records.api.filing import Year
from archive_service.records.queries import case_files as file_queries
from archive_service.records.queries.case_files import CaseFileFilter, CaseFileRow
from archive_service.records.rules.case_files import FileFacts, FileState
from archive_service.records.service import case_files as file_service
from archive_service.unit_of_work import UnitOfWork
from archive_service.web import current_actor, current_archive

blueprint = doors.blueprint("case_files_api", __name__, "filing")

ONE: Final = "/case-files/<int(max=2147483647):case_file_id>"


class CaseFileTexts(Asked):
    title: Line
    unit: Line = ""
    owner: Line = ""
    responsible_unit: Line = ""
    cross_ref: Line = ""
    note: Line = ""
    made_by: Line = ""
    made_on: Line = ""
    checked_by: Line = ""
    checked_on: Line = ""


class NewCaseFile(CaseFileTexts):
    class_code: ClassCode
    fonds: Line = ""
    year: Year | None = Field(default=None, description="by default this one; not for drawings")
    building: Line = Field(default="", description="of drawings: 03, A; 00 for the whole compound")


class CaseFilePatch(Asked):
    """Only what is sent is changed."""

    revision: StrictInt
    title: Line | None = None
    unit: Line | None = None
    owner: Line | None = None
    responsible_unit: Line | None = None
    cross_ref: Line | None = None
    note: Line | None = None
    made_by: Line | None = None
    made_on: Line | None = None
    checked_by: Line | None = None
    checked_on: Line | None = None


class CaseFileMove(Asked):
    revision: StrictInt
    reason: Line = ""


class CaseFileTold(Told):
    id: int
    file_no: str
    fonds: str
    class_code: str
    year: int | None
    building: str
    state: FileState
    title: str
    unit: str
    owner: str
    responsible_unit: str
    cross_ref: str
    note: str
    made_by: str
    made_on: str
    checked_by: str
    checked_on: str
    opened_on: date
    closed_on: date | None
    revision: int


class CaseFileList(Told):
    total: int
    page: int
    size: int
    case_files: list[CaseFileTold]


class CaseFileQuery(Asked):
    class_code: ClassCode = Field(default="", alias="class", description="a class and what lies below it")
    state: FileState | None = None
    q: Line = Field(
        default="", description="the beginning of a number, a unit in any spelling, or part of a title"
    )
    page: PageNumber = 1
    size: PageSize = 50


def case_file_told(row: CaseFileRow) -> CaseFileTold:
    texts = {f.name: mask(getattr(row.facts, f.name)) for f in fields(FileFacts)}
    return CaseFileTold(
        id=row.id,
        file_no=row.file_no,
        fonds=row.fonds,
        class_code=row.class_code,
        year=row.year,
        building=row.building,
        state=row.state,
        opened_on=row.opened_on,
        closed_on=row.closed_on,
        revision=row.revision,
        **texts,
    )


@blueprint.get("/case-files")
@blueprint.input(CaseFileQuery, location="query", arg_name="asked")
@blueprint.output(CaseFileList)
@blueprint.doc(summary=N_("Case files that the caller may see, newest first"))
def case_files(asked: CaseFileQuery) -> CaseFileList:
    actor = current_actor()
    actor.must(Permission.SEARCH)
    wanted = CaseFileFilter(asked.class_code, asked.state, asked.q)
    with current_archive().reading() as session:
        total = file_queries.case_file_count(session, actor, wanted)
        offset = (asked.page - 1) * asked.size
        rows = file_queries.case_files(session, actor, wanted, offset=offset, limit=asked.size)
    told = [case_file_told(row) for row in rows]
    return CaseFileList(total=total, page=asked.page, size=asked.size, case_files=told)


@blueprint.get(ONE)
@blueprint.output(CaseFileTold)
@blueprint.doc(summary=N_("One case file"))
def case_file(case_file_id: int) -> CaseFileTold:
    current_actor().must(Permission.SEARCH)
    with current_archive().reading() as session:
        return case_file_told(file_queries.case_file(session, current_actor(), case_file_id))


@blueprint.post("/case-files")
@blueprint.input(NewCaseFile, arg_name="asked")
@blueprint.output(CaseFileTold, status_code=201)
@blueprint.doc(summary=N_("Open a case file: it gets the next number of its class and year"))
def open_file(asked: NewCaseFile) -> Response:
    current_actor().must(Permission.FILE)

    def effect(work: UnitOfWork) -> Reply:
        texts = asked.model_dump(include=set(CaseFileTexts.model_fields))
        row = file_service.open_case_file(
            work,
            asked.class_code,
            FileFacts(**texts),
            fonds=asked.fonds,
            year=asked.year,
            building=asked.building,
        )
        headers = {"Location": url_for("case_files_api.case_file", case_file_id=row.id)}
        return Reply(201, case_file_told(row).model_dump(mode="json"), headers)

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))


@blueprint.patch(ONE)
@blueprint.input(CaseFilePatch, arg_name="asked")
@blueprint.output(CaseFileTold)
@blueprint.doc(
    summary=N_("Change what is written on a case file"), responses={409: "Somebody else was faster"}
)
def change_file(case_file_id: int, asked: CaseFilePatch) -> CaseFileTold:
    actor = current_actor()
    actor.must(Permission.FILE)
    with current_archive().unit_of_work(actor) as work:
        kept = file_queries.case_file(work.session, actor, case_file_id).facts
        texts = {f.name: getattr(kept, f.name) for f in fields(FileFacts)}
        texts |= asked.model_dump(exclude={"revision"}, exclude_none=True)
        row = file_service.describe_case_file(work, case_file_id, FileFacts(**texts), revision=asked.revision)
    return case_file_told(row)


@blueprint.post(f"{ONE}/closing")
@blueprint.input(CaseFileMove, arg_name="asked")
@blueprint.output(CaseFileTold)
@blueprint.doc(
    summary=N_("Close a case file: it takes no more papers"), responses={409: "It is closed already"}
)
def close_file(case_file_id: int, asked: CaseFileMove) -> Response:
    return _moved(case_file_id, asked, reopen=False)


@blueprint.post(f"{ONE}/reopening")
@blueprint.input(CaseFileMove, arg_name="asked")
@blueprint.output(CaseFileTold)
@blueprint.doc(
    summary=N_("Open a closed case file again, with a reason"), responses={409: "It is open already"}
)
def reopen_file(case_file_id: int, asked: CaseFileMove) -> Response:
    return _moved(case_file_id, asked, reopen=True)


def _moved(case_file_id: int, asked: CaseFileMove, *, reopen: bool) -> Response:
    current_actor().must(Permission.FILE)
    verb = file_service.reopen_case_file if reopen else file_service.close_case_file

    def effect(work: UnitOfWork) -> Reply:
        row = verb(work, case_file_id, revision=asked.revision, reason=asked.reason)
        return Reply(200, case_file_told(row).model_dump(mode="json"))

    attempt = doors.attempt(asked.model_dump_json())
    return doors.answer(once(current_archive(), current_actor(), attempt, effect))
