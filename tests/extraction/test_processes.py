"""Processes come and go; documents are read all the same, and nothing is left behind."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from PIL import Image

from bench.pages import as_pdf, draw_page
from tests.extraction.conftest import whole
from tests.extraction.papers import text_pdf
from tests.extraction.test_hostile import endless_pdf
from workers.extraction import Inspection, Limits, PageReading, Reader, Reason, Unreadable


@pytest.fixture
def own_reader() -> Iterator[Reader]:
    """A reader whose processes may be killed."""
    with Reader(recognisers=1) as reader:
        yield reader


@pytest.fixture
def three_pages(tmp_path: Path, font: Path) -> Path:
    path = tmp_path / "three.pdf"
    path.write_bytes(text_pdf([["page one"], ["page two"], ["page three"]], font))
    return path


@pytest.fixture
def scan(tmp_path: Path, font: Path) -> Path:
    path = tmp_path / "scan.pdf"
    path.write_bytes(as_pdf([draw_page("扫描件", font, 150, size="A5")], 150))
    return path


def children_of(pid: int) -> list[psutil.Process]:
    return psutil.Process(pid).children()


def at_work(pid: int) -> psutil.Process:
    """The child of the present document, once the one before it has been seen off."""
    deadline = time.monotonic() + 60
    while True:
        children = children_of(pid)
        if len(children) == 1:
            return children[0]
        assert time.monotonic() < deadline, children
        time.sleep(0.01)


def test_nothing_runs_before_the_first_document(own_reader: Reader, three_pages: Path) -> None:
    assert own_reader.processes() == ()
    whole(own_reader, three_pages, "three.pdf")
    assert len(own_reader.processes()) == 1  # the forking parent; nothing had to be recognised


def test_a_child_that_is_killed_is_told_as_crashed_and_the_next_is_fine(
    own_reader: Reader, three_pages: Path, tmp_path: Path
) -> None:
    endless = tmp_path / "endless.pdf"
    endless.write_bytes(endless_pdf())  # so that the child is still at it when it is killed
    whole(own_reader, three_pages, "three.pdf")
    (parent,) = own_reader.processes()
    reading = own_reader.read(endless, "endless.pdf")
    assert isinstance(next(reading), Inspection)
    at_work(parent).send_signal(signal.SIGKILL)
    with pytest.raises(Unreadable) as caught:
        list(reading)
    assert caught.value.reason is Reason.CRASHED
    assert not caught.value.reason.is_quarantine
    assert len(whole(own_reader, three_pages, "three.pdf").pages) == 3


def test_a_killed_parent_is_started_again(own_reader: Reader, three_pages: Path) -> None:
    whole(own_reader, three_pages, "three.pdf")
    (parent,) = own_reader.processes()
    os.kill(parent, signal.SIGKILL)
    psutil.Process(parent).wait(30)
    assert len(whole(own_reader, three_pages, "three.pdf").pages) == 3


def test_a_killed_recogniser_is_started_again(own_reader: Reader, scan: Path) -> None:
    assert "扫描件" in whole(own_reader, scan, "scan.pdf").text
    _, recogniser = own_reader.processes()
    os.kill(recogniser, signal.SIGKILL)
    assert "扫描件" in whole(own_reader, scan, "scan.pdf").text
    assert recogniser not in own_reader.processes()


def test_idle_recognisers_give_their_memory_back(scan: Path) -> None:
    with Reader(recognisers=1, idle_seconds=0.01) as reader:
        assert "扫描件" in whole(reader, scan, "scan.pdf").text
        for pid in reader.processes()[1:]:
            psutil.Process(pid).wait(30)
        assert "扫描件" in whole(reader, scan, "scan.pdf").text


def test_reading_goes_on_from_the_pages_one_has(own_reader: Reader, three_pages: Path) -> None:
    inspection, *pages = own_reader.read(three_pages, "three.pdf", done={1, 3})
    assert isinstance(inspection, Inspection)
    assert inspection.page_count == 3
    (page,) = pages
    assert isinstance(page, PageReading)
    assert (page.number, page.text) == (2, "page two")


def test_a_reading_that_is_given_up_leaves_no_child(own_reader: Reader, three_pages: Path) -> None:
    whole(own_reader, three_pages, "three.pdf")
    (parent,) = own_reader.processes()
    reading = own_reader.read(three_pages, "three.pdf")
    next(reading)
    child = at_work(parent)
    reading.close()
    psutil.wait_procs([child], timeout=30)
    assert children_of(parent) == []


def test_a_long_document_is_read_by_several_children(tmp_path: Path, font: Path) -> None:
    path = tmp_path / "long.pdf"
    path.write_bytes(text_pdf([[f"page {number}"] for number in range(1, 12)], font))
    with Reader(Limits(chunk_pages=3), recognisers=1) as reader:
        pages = whole(reader, path, "long.pdf").pages
    assert [page.text for page in pages] == [f"page {number}" for number in range(1, 12)]


def test_two_threads_read_two_documents_at_once(own_reader: Reader, three_pages: Path, scan: Path) -> None:
    texts: dict[str, str] = {}
    both_begun = threading.Barrier(2, timeout=60)

    def read(path: Path) -> None:
        reading = own_reader.read(path, path.name)
        next(reading)
        both_begun.wait()
        texts[path.name] = "\n".join(page.text for page in reading if isinstance(page, PageReading))

    threads = [threading.Thread(target=read, args=(path,)) for path in (three_pages, scan)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert texts["three.pdf"] == "page one\npage two\npage three"
    assert "扫描件" in texts["scan.pdf"]


def test_pages_come_in_order_however_they_were_recognised(tmp_path: Path, font: Path) -> None:
    path = tmp_path / "scan.pdf"
    # The first page takes longest, the second nothing at all.
    pictures = [draw_page("一二三四五六七八九十" * 12, font, 150), Image.new("L", (600, 800), 255)]
    pictures += [draw_page(f"第{number}页", font, 150, size="A5") for number in "三四"]
    path.write_bytes(as_pdf(pictures, 150))
    with Reader(recognisers=2) as reader:
        assert [page.number for page in whole(reader, path, "scan.pdf").pages] == [1, 2, 3, 4]


def test_closing_ends_every_process(three_pages: Path, scan: Path) -> None:
    reader = Reader(recognisers=2)
    whole(reader, scan, "scan.pdf")
    processes = [psutil.Process(pid) for pid in reader.processes()]
    assert len(processes) >= 2
    reader.close()
    assert not any(process.is_running() for process in processes)


SERVICE = """
import pathlib, sys
from workers.extraction import Reader
reader = Reader(recognisers=1)
for _ in reader.read(pathlib.Path(sys.argv[1]), "scan.pdf"):
    pass
print(*reader.processes(), flush=True)
sys.stdin.read()
"""


def test_nothing_outlives_a_killed_service(scan: Path) -> None:
    service = subprocess.Popen(
        [sys.executable, "-c", SERVICE, str(scan)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        cwd=Path(__file__).parents[2],
    )
    with service:
        assert service.stdout is not None
        processes = [psutil.Process(int(pid)) for pid in service.stdout.readline().split()]
        assert len(processes) == 2
        service.kill()
    _, alive = psutil.wait_procs(processes, timeout=30)
    assert alive == []


def test_a_child_knows_none_of_the_services_secrets(
    own_reader: Reader, three_pages: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ARCHIVE_SECRET_KEY", "do not tell")
    whole(own_reader, three_pages, "three.pdf")
    (parent,) = own_reader.processes()
    assert not [name for name in psutil.Process(parent).environ() if name.startswith("ARCHIVE_")]


def test_the_parent_has_nothing_loaded_that_starts_threads(own_reader: Reader, three_pages: Path) -> None:
    whole(own_reader, three_pages, "three.pdf")
    (parent,) = own_reader.processes()
    assert psutil.Process(parent).num_threads() == 1
    loaded = " ".join(entry.path for entry in psutil.Process(parent).memory_maps())
    assert not [name for name in ("numpy", "cv2", "onnxruntime", "libvips") if name in loaded]


def test_files_dont_pile_up(own_reader: Reader, three_pages: Path) -> None:
    whole(own_reader, three_pages, "three.pdf")
    (parent,) = own_reader.processes()
    me = psutil.Process()
    before = me.num_fds(), psutil.Process(parent).num_fds()
    for _ in range(5):
        whole(own_reader, three_pages, "three.pdf")
        own_reader.read(three_pages, "three.pdf").close()
    with pytest.raises(OSError, match="nowhere"):
        whole(own_reader, Path("nowhere"), "nowhere.pdf")
    # The parent may not have buried the last child yet.
    assert me.num_fds() <= before[0]
    assert psutil.Process(parent).num_fds() <= before[1] + 2


def test_a_preview_is_a_picture_made_here(own_reader: Reader, scan: Path) -> None:
    (page,) = whole(own_reader, scan, "scan.pdf").pages
    with Image.open(io.BytesIO(page.preview)) as preview:
        assert preview.info.get("exif") is None
        assert preview.format == "JPEG"
