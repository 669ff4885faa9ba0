"""What the viewer is told: pages, places of words, tiles."""

import pytest

from archive_service import records
from archive_service.kernel.actor import Actor
from archive_service.kernel.watermark import mark_text, marked_tile
from archive_service.records.web import viewing
from archive_service.web.assets import asset_path
from tests.support.house import House
from tests.support.pages import Desk
from tests.support.papers import is_scanned, picture, pictured_page, stored_zip


def test_searched_words_are_framed_where_they_stand(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="YZ.01")
    is_scanned(house, paper, [pictured_page(house, 1, "入户门"), pictured_page(house, 2, "主卧密封胶")])
    told = desk.sits(chen).get(f"/documents/{paper}/versions/1/viewer.json?q=密封胶").json
    assert (told["page"], told["hits"]) == (2, [2])
    first, second = told["pages"]
    assert first["frames"] == []
    assert second["marks"] == [[2, 5]]
    (frame,) = second["frames"]
    assert frame == pytest.approx([0.4, 0.05, 1.0, 0.1], abs=0.001)
    assert second["preview"] == f"/documents/{paper}/versions/1/pages/2.jpg"
    assert second["tiles"] is None
    asked = desk.client.get(f"/documents/{paper}/versions/1/viewer.json?q=密封胶&page=1").json
    assert asked["page"] == 1


def test_rare_characters_do_not_move_the_frames(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="YZ.01")
    is_scanned(house, paper, [pictured_page(house, 1, "𠮷野家 3-1201")])
    (page,) = desk.sits(chen).get(f"/documents/{paper}/versions/1/viewer.json?q=31201").json["pages"]
    assert page["marks"] == [[4, 10]]


def test_a_long_document_tells_its_words_page_by_page(
    house: House, chen: Actor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "MOST_IN_FULL", 2)
    paper = house.paper(chen, class_code="YZ.01", pages=["一", "电梯", "三", "电 梯"])
    client = desk.sits(chen)
    told = client.get(f"/documents/{paper}/versions/1/viewer.json?q=电梯").json
    assert (told["page"], told["hits"]) == (2, [2, 4])
    assert all("text" not in page for page in told["pages"])
    details = client.get(told["pages"][3]["text_url"]).json
    assert (details["number"], details["text"], details["marks"]) == (4, "电 梯", [[0, 3]])


def test_a_document_of_few_but_endless_pages_tells_its_words_page_by_page(
    house: House, chen: Actor, desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(viewing, "MOST_CHARACTERS", 10)
    paper = house.paper(chen, class_code="YZ.01", pages=["一" * 6, "电梯", "三" * 6, "电梯"])
    client = desk.sits(chen)
    told = client.get(f"/documents/{paper}/versions/1/viewer.json?q=电梯").json
    # What follows isn't looked through before the list is answered: there each page is asked for.
    assert (told["page"], told["hits"]) == (2, [2])
    assert all("text" not in page for page in told["pages"])
    assert client.get(told["pages"][3]["text_url"]).json["marks"] == [[0, 2]]


def test_a_query_that_makes_no_sense_frames_nothing(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="YZ.01", pages=["一"])
    answer = desk.sits(chen).get(f"/documents/{paper}/versions/1/viewer.json", query_string={"q": '"offen'})
    assert answer.json["hits"] == []
    assert desk.client.get(f"/documents/{paper}/versions/1/viewer.json?size=1").status_code == 400


def test_a_drawing_is_zoomed_in_tiles(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="KJ.02.DQ")
    is_scanned(house, paper, [pictured_page(house, 1, "强电平面图", finer=10)])
    client, base = desk.sits(chen), f"/documents/{paper}/versions/1/pages/1"
    (page,) = client.get(f"/documents/{paper}/versions/1/viewer.json").json["pages"]
    assert page["tiles"] == f"{base}/tiles"
    assert client.get(page["tiles"]).status_code == 404
    for _ in range(2):
        assert client.post(page["tiles"]).status_code == 202
    assert client.get(page["tiles"]).status_code == 202
    kept = picture()
    dzi = b'<Image xmlns="http://schemas.microsoft.com/deepzoom/2008" Format="jpeg" Overlap="1" TileSize="254"/>'
    tiles = house.archive.blobs.put(
        [stored_zip({"t/t.dzi": dzi, "t/t_files/0/0_0.jpeg": b"small", "t/t_files/14/3_2.jpeg": kept})]
    )
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        records.keep_rendition(
            work, version, "tiles", 1, digest=tiles.digest, size=tiles.size, width=10000, height=14000
        )
    image = client.post(page["tiles"]).json["Image"]
    assert (image["TileSize"], image["Overlap"], image["Format"]) == ("254", "1", "jpeg")
    assert image["Size"] == {"Width": "10000", "Height": "14000"}
    tile = client.get(f"{image['Url']}14/3_2.jpeg")
    text = mark_text(chen.name, chen.user_id or 0, house.clock.now())
    shown = marked_tile(kept, text, asset_path("marks.ttf"), 3 * 254 - 1, 2 * 254 - 1)
    assert (tile.data, tile.content_type) == (shown, "image/jpeg")
    assert "ETag" not in tile.headers and tile.headers["Cache-Control"] == "private, no-store"
    for missing in ("14/9_9.jpeg", "14/3_2.jpg", "99999/0_0.jpeg"):
        assert client.get(image["Url"] + missing).status_code == 404


def test_tiles_that_could_not_be_made_say_so(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="WS.02")
    is_scanned(house, paper, [pictured_page(house, 1, "公告", finer=4)])
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/pages/1/tiles"
    client.post(address)
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        records.keep_rendition(work, version, "tiles", 1, digest=None)
    assert client.get(address).status_code == 409
    assert client.post(address).status_code == 202  # asking again tries again
    assert client.post(f"/documents/{paper}/versions/1/pages/7/tiles").status_code == 404


def test_a_rubbish_pyramid_is_no_pyramid(house: House, chen: Actor, desk: Desk) -> None:
    paper = house.paper(chen, class_code="WS.02")
    is_scanned(house, paper, [pictured_page(house, 1, "公告", finer=4)])
    client, address = desk.sits(chen), f"/documents/{paper}/versions/1/pages/1/tiles"
    client.post(address)
    rubbish = house.archive.blobs.put([b"not a zip"])
    with house.work() as work:
        version = records.document(work.session, work.actor, paper).version_id
        records.keep_rendition(work, version, "tiles", 1, digest=rubbish.digest, size=9, width=1, height=1)
    assert client.get(address).status_code == 404
