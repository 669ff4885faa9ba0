"""What is made on demand: wanted by several at once, lost, made again."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from archive_service import outbox, records
from archive_service.kernel.actor import Actor
from archive_service.kernel.ids import DocumentId
from archive_service.records.models import Rendition
from storage import Blob, parse_digest
from tests.support.house import House
from tests.support.pages import Desk, text_of
from tests.support.papers import is_scanned, pictured_page, stored_zip

DZI = b'<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpeg" Overlap="1" TileSize="254"/>'


def wishes(house: House) -> int:
    with house.archive.reading() as session:
        return len(outbox.open_payloads(session, "rendition.wanted"))


def state_of(session: Session, version_id: int) -> str | None:
    return session.scalar(select(Rendition.state).where(Rendition.version_id == version_id))


@pytest.fixture
def paper(house: House, chen: Actor) -> DocumentId:
    scanned = house.paper(chen, class_code="WS.02")
    is_scanned(house, scanned, [pictured_page(house, 1, "平面图", finer=4)])
    return scanned


def is_made(house: House, paper: DocumentId, kind: str, page: int, content: bytes) -> Blob:
    made = house.archive.blobs.put([content])
    with house.work() as work:
        version = house.document(paper).version_id
        records.want_rendition(work, version, kind, page)
        records.keep_rendition(
            work, version, kind, page, digest=made.digest, size=made.size, width=4000, height=5600
        )
    return made


def file_of(house: House, made: Blob) -> Path:
    with house.archive.blobs.local_path(made.digest) as path:
        return path


def test_several_who_zoom_at_once_make_one_wish(house: House, chen: Actor, paper: DocumentId) -> None:
    version = house.document(paper).version_id

    def wants(_number: int) -> None:
        with house.work(chen) as work:
            records.want_rendition(work, version, "tiles", 1)

    with ThreadPoolExecutor(6) as pool:
        list(pool.map(wants, range(12)))
    assert wishes(house) == 1


def test_who_is_a_moment_later_sees_what_the_first_one_wanted(
    house: House, chen: Actor, paper: DocumentId, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked, neither saw a wish, then one was first: on any database."""
    version = house.document(paper).version_id
    with house.work(chen) as work:
        records.want_rendition(work, version, "tiles", 1)
    real, blind = Session.scalar, [True]

    def scalar(session: Session, *args: object, **named: object) -> object:
        found = real(session, *args, **named)  # type: ignore[call-overload]  # handed on as it came
        return None if isinstance(found, Rendition) and blind and blind.pop() else found

    monkeypatch.setattr(Session, "scalar", scalar)
    with house.work(chen) as work:
        records.want_rendition(work, version, "tiles", 1)
        work.audit("test.noted", "test:1")  # the rest of the transaction still counts
    assert not blind
    assert wishes(house) == 1


@pytest.mark.parametrize("lost", ["gone", "cut off", "rotten"])
def test_lost_tiles_are_made_again(
    house: House, chen: Actor, desk: Desk, paper: DocumentId, lost: str
) -> None:
    tile = (
        f"{lost} {paper}".encode()
    )  # bytes of its own: the process keeps the directories of zips it has read
    content = stored_zip({"t/t.dzi": DZI, "t/t_files/0/0_0.jpeg": tile})
    made = is_made(house, paper, "tiles", 1, content)
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/pages/1/tiles"
    path = file_of(house, made)
    path.chmod(0o600)
    if lost == "gone":
        path.unlink()
    elif lost == "cut off":
        path.write_bytes(content[:20])
    else:
        path.write_bytes(bytes(len(content)))
    before = wishes(house)
    for _ in range(2):
        assert client.get(address).status_code == 202
        assert client.post(address).status_code == 202
    assert wishes(house) == before + 1
    is_made(house, paper, "tiles", 1, content)  # the very same bytes
    image = client.get(address).json["Image"]
    assert client.get(f"{image['Url']}0/0_0.jpeg").data == tile


def test_a_tile_whose_file_went_away_after_its_list_was_read_is_no_mistake_of_ours(
    house: House, chen: Actor, desk: Desk, paper: DocumentId
) -> None:
    made = is_made(house, paper, "tiles", 1, stored_zip({"t/t.dzi": DZI, "t/t_files/0/0_0.jpeg": b"tile"}))
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/pages/1/tiles"
    tile = client.get(address).json["Image"]["Url"] + "0/0_0.jpeg"
    house.archive.blobs.remove(made.digest)
    assert client.get(tile).status_code == 404
    assert client.get(address).status_code == 202


def test_rotten_bytes_that_somebody_brought_in_as_well_are_left_as_they_are(
    house: House, chen: Actor, desk: Desk, paper: DocumentId
) -> None:
    content = stored_zip({"t/t.dzi": DZI, "t/t_files/0/0_0.jpeg": b"brought in"})
    made = is_made(house, paper, "tiles", 1, content)
    house.paper(chen, content)
    path = file_of(house, made)
    path.chmod(0o600)
    path.write_bytes(bytes(len(content)))
    assert desk.sits(chen).get(f"/documents/{paper}/versions/1/pages/1/tiles").status_code == 202
    assert house.archive.blobs.size(parse_digest(made.digest)) == len(content)


@pytest.mark.parametrize("lost", ["gone", "cut off"])
def test_a_lost_searchable_pdf_is_made_again(
    house: House, chen: Actor, desk: Desk, paper: DocumentId, lost: str
) -> None:
    content = b"%PDF-1.7 copy"
    made = is_made(house, paper, "searchable_pdf", 0, content)
    path = file_of(house, made)
    path.chmod(0o600)
    if lost == "gone":
        path.unlink()
    else:
        path.write_bytes(content[:5])
    before = wishes(house)
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/searchable"
    for _ in range(2):
        answer = client.get(address)
        assert answer.status_code == 202
        assert "正在生成" in text_of(answer.text)
    assert wishes(house) == before + 1
    is_made(house, paper, "searchable_pdf", 0, content)
    with client.get(address) as answer:
        assert answer.data == content


def test_what_was_made_anew_meanwhile_is_not_wanted_again(house: House, paper: DocumentId) -> None:
    made = is_made(house, paper, "tiles", 1, b"newer")
    version = house.document(paper).version_id
    with house.work() as work:
        assert not records.renew_rendition(work, version, "tiles", 1, lost_digest="0" * 64)
        assert state_of(work.session, version) == "ready"
        assert records.renew_rendition(work, version, "tiles", 1, lost_digest=made.digest)
        assert state_of(work.session, version) == "wanted"
