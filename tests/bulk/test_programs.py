"""The same through the API and the command."""

import io
import json
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask.testing import FlaskClient

from archive_service import people, records
from archive_service.app import create_app
from archive_service.bootstrap import Archive
from archive_service.bulk import EditId, ExportId, ImportId, editing, exporting, importing
from archive_service.bulk.cli import bulk
from archive_service.kernel.actor import Actor, service_actor
from archive_service.people import Scope
from archive_service.records import DocumentFilter
from tests.bulk.crates import packed, table
from tests.support.house import House

ROWS = table(("a.pdf", "甲", "WS.02"), ("b.pdf", "乙", "XX"))
FILES = {"a.pdf": b"a", "b.pdf": b"b"}


@pytest.fixture
def client(house: House, chen: Actor) -> FlaskClient:
    assert chen.user_id is not None
    with house.work() as work:
        _, token = people.create_token(work, chen.user_id, name="t", scopes=list(Scope))
    made = create_app(house.archive).test_client()
    made.environ_base["HTTP_AUTHORIZATION"] = f"Bearer {token}"
    return made


def test_a_zip_through_the_api(house: House, client: FlaskClient) -> None:
    form = {"file": (io.BytesIO(packed(FILES)), "a.zip"), "table": (io.BytesIO(ROWS), "清单.csv")}
    answer = client.post("/api/v1/bulk/imports", data=form)
    assert answer.status_code == 202, answer.text
    import_id = answer.json["id"]
    importing.check(house.archive, ImportId(import_id))
    told = client.get(f"/api/v1/bulk/imports/{import_id}").json
    assert (told["state"], told["ready"], told["bad_rows"]) == ("checked", 1, 1)
    assert (told["problems"][0]["row"], told["problems"][0]["code"]) == (3, "bulk.unknown-class")
    refused = client.post(f"/api/v1/bulk/imports/{import_id}/start", json={})
    assert (refused.status_code, refused.json["code"]) == (409, "bulk.must-skip")
    assert client.post(f"/api/v1/bulk/imports/{import_id}/start", json={"skip": True}).status_code == 202
    importing.run(house.archive, ImportId(import_id))
    assert client.get(f"/api/v1/bulk/imports/{import_id}").json["imported"] == 1
    assert (
        client.post(
            "/api/v1/bulk/imports", data={"upload": ""}, content_type="multipart/form-data"
        ).status_code
        == 422
    )


def test_a_zip_that_came_in_parts(house: House, client: FlaskClient) -> None:
    content = packed({**FILES, "目录.csv": ROWS})
    tus = {"Tus-Resumable": "1.0.0"}
    begun = client.post(
        "/api/v1/uploads",
        headers={
            **tus,
            "Upload-Length": str(len(content)),
            "Upload-Metadata": "filename YS56aXA=,use aW1wb3J0",
        },
    )
    assert begun.status_code == 201, begun.text
    sent = {**tus, "Upload-Offset": "0", "Content-Type": "application/offset+octet-stream"}
    assert client.patch(begun.location, headers=sent, data=content).status_code == 204
    with house.archive.reading() as session:
        assert records.document_count(session, service_actor(), DocumentFilter()) == 0
    form = {"upload": begun.location.rsplit("/", 1)[1]}
    answer = client.post("/api/v1/bulk/imports", data=form, content_type="multipart/form-data")
    assert answer.status_code == 202, answer.text
    assert importing.check(house.archive, ImportId(answer.json["id"])).ready == 1


def test_an_edit_and_an_export_through_the_api(house: House, client: FlaskClient) -> None:
    paper = house.paper(title="停水通知", class_code="WS.02")
    asked = {"documents": [str(paper)], "changes": {"owner": "张建国"}}
    preview = client.post("/api/v1/bulk/edits", json=asked)
    assert preview.status_code == 201, preview.text
    assert preview.json["lines"][0]["fields"] == {"owner": ["", "张建国"]}
    edit_id = preview.json["id"]
    assert client.post(f"/api/v1/bulk/edits/{edit_id}/apply", json={"reason": "统一"}).status_code == 202
    editing.run(house.archive, EditId(edit_id))
    assert client.get(f"/api/v1/bulk/edits/{edit_id}").json["counts"]["done"] == 1
    export = client.post("/api/v1/bulk/exports", json={"class_code": "WS.02"})
    assert export.status_code == 202, export.text
    exporting.run(house.archive, ExportId(export.json["id"]))
    told = client.get(f"/api/v1/bulk/exports/{export.json['id']}").json
    assert told["state"] == "ready"
    assert zipfile.is_zipfile(io.BytesIO(client.get(told["content"]).data))
    originals = client.post(
        "/api/v1/bulk/exports", json={"class_code": "WS.02", "originals": True, "reason": "x"}
    )
    exporting.run(house.archive, ExportId(originals.json["id"]))
    assert client.get(f"/api/v1/bulk/exports/{originals.json['id']}").json["state"] == "requested"
    for extra in ("decided_by", "state", "fees_only"):
        answer = client.post("/api/v1/bulk/exports", json={"class_code": "WS.02", extra: 1})
        assert (answer.status_code, answer.json["code"]) == (400, "invalid.unknown-field")


@pytest.fixture
def command(archive: Archive) -> Callable[..., Result]:
    def called(*words: str) -> Result:
        return CliRunner().invoke(bulk, ["import", *words, "--json"], obj=archive)

    return called


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "scans"
    made.mkdir()
    for name, content in FILES.items():
        (made / name).write_bytes(content)
    return made


def test_a_folder_by_the_command(
    house: House, command: Callable[..., Result], folder: Path, tmp_path: Path
) -> None:
    listed = tmp_path / "清单.csv"
    listed.write_bytes(ROWS)
    asked = (str(folder), "--manifest", str(listed))
    tried = command(*asked, "--dry-run")
    told = json.loads(tried.stdout)
    assert tried.exit_code == 1 and told["counts"]["ready"] == 1
    assert told["problems"] == [{"row": 3, "path": "b.pdf", "column": "分类号", "code": "bulk.unknown-class"}]
    refused = command(*asked)
    assert refused.exit_code == 1 and "can't be taken" in refused.output
    with house.archive.reading() as session:
        assert records.document_count(session, service_actor(), DocumentFilter()) == 0
    done = command(*asked, "--skip-bad")
    assert json.loads(done.stdout)["counts"]["done"] == 1
    listed.write_bytes(table(("a.pdf", "甲"), ("b.pdf", "乙")))
    again = command(*asked)
    assert again.exit_code == 0
    counts = json.loads(again.stdout)["counts"]
    assert (counts["done"], counts["here_already"]) == (1, 1)


def test_the_same_command_goes_on_with_what_was_stopped(
    house: House, command: Callable[..., Result], folder: Path
) -> None:
    (folder / "目录.csv").write_bytes(table(("a.pdf", "甲"), ("b.pdf", "乙")))
    with house.work() as work:
        import_id = importing.open_folder(work, folder.resolve())
    importing.check(house.archive, import_id)
    with house.work() as work:
        importing.start(work, import_id, skip=False)
    assert not importing.run(house.archive, import_id, lambda: True)
    told = json.loads(command(str(folder)).stdout)
    assert told["id"] == import_id and told["counts"]["done"] == 2


def test_a_zip_by_the_command_as_somebody(
    house: House, chen: Actor, command: Callable[..., Result], tmp_path: Path
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(packed({"a.pdf": b"a", "目录.csv": table(("a.pdf", "甲"))}))
    done = command(str(path), "--as", "陈")
    assert done.exit_code == 0, done.output
    with house.archive.reading() as session:
        row = records.documents(session, service_actor(), DocumentFilter())[0]
    assert (row.title, row.created_by) == ("甲", chen.user_id)
    assert command(str(path), "--as", "nobody").exit_code == 1
