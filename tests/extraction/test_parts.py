"""The parts that need no document: reading order, rubbish in a text layer, messages, previews."""

import io
import math
import os
import socket

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from archive_service.kernel.boxes import NEWLINE, CharBox, Frame, pack_boxes, unpack_boxes
from workers.extraction import Reason
from workers.extraction.layout import Piece, in_reading_order, skew
from workers.extraction.mixed import merged
from workers.extraction.models import ModelFile
from workers.extraction.pictures import Reading, pictures
from workers.extraction.rubbish import looks_like_rubbish, says_the_same
from workers.extraction.wire import Message, WireError, receive, send


def piece(key: int, left: float, top: float, wide: float, *, angle: float = 0.0, high: float = 20) -> Piece:
    corners = ((left, top), (left + wide, top), (left + wide, top + high), (left, top + high))
    cosine, sine = math.cos(angle), math.sin(angle)
    return Piece(
        key, round(wide / high), tuple((x * cosine - y * sine, x * sine + y * cosine) for x, y in corners)
    )


def order(pieces: list[Piece]) -> list[list[int]]:
    return [[placed.key for placed in row] for row in in_reading_order(pieces)]


@given(st.floats(-0.087, 0.087), st.permutations(range(30)))
def test_a_tables_rows_are_rows_at_any_angle(angle: float, mixed: list[int]) -> None:
    cells = [piece(key, key % 3 * 250.0, key // 3 * 40.0, 100, angle=angle) for key in range(30)]
    assert order([cells[at] for at in mixed]) == [[row * 3, row * 3 + 1, row * 3 + 2] for row in range(10)]


def test_columns_of_running_text_are_read_one_after_the_other_under_a_title() -> None:
    title = piece(0, 100, 0, 800)
    left = [piece(at, 0, at * 40, 400) for at in range(1, 7)]
    right = [piece(at + 10, 480, at * 40 + 9, 400) for at in range(1, 7)]
    footer = piece(20, 0, 300, 880)
    found = [key for row in order([footer, *right, title, *left]) for key in row]
    assert found == [0, *range(1, 7), *range(11, 17), 20]


def test_two_short_columns_are_a_list_and_read_across() -> None:
    names = [piece(at, 0, at * 40.0, 80) for at in range(6)]
    amounts = [piece(at + 10, 500, at * 40.0, 90) for at in range(6)]
    assert order([*names, *amounts]) == [[at, at + 10] for at in range(6)]


def test_a_gap_in_a_row_is_a_blank_and_touching_pieces_are_one_word() -> None:
    (row,) = in_reading_order([piece(0, 0, 0, 100), piece(1, 102, 0, 100), piece(2, 300, 0, 100)])
    assert [placed.spaced for placed in row] == [False, False, True]


def test_skew_is_that_of_the_long_lines() -> None:
    leaning = [piece(at, 0, at * 40.0, 500, angle=0.05) for at in range(5)]
    assert skew([*leaning, piece(9, 0, 300, 20)]) == pytest.approx(0.05)
    assert skew([]) == 0


@pytest.mark.parametrize(
    "text",
    [
        "\ue000\ue001\ue002" * 20,
        "鼯鼱龠龢龤麤麢黸黶黷鼉鼊鼀鼁" * 4,
        "∑∏∂∆∇≠≤≥≈∞" * 5,
        "аβגדeжηдλ" * 8,
    ],
)
def test_rubbish_is_seen_by_its_characters(text: str) -> None:
    assert looks_like_rubbish(text)


@pytest.mark.parametrize(
    "text",
    [
        "物业服务中心关于电梯检修期间安全事项的通知，请各位业主合理安排出行时间，图号电施-12。",
        "物業管理處關於電梯檢修期間安全事項的通知，請各位業主合理安排出行時間，敬請留意。",
        "Notice of lift maintenance: please plan your journeys. 电梯检修通知，请合理安排。",
        "........................................................",
        "1,260.00 1,380.00 1,150.00 1,090.00 2026-03-08 2026-03-09",
        "エレベーター点検のお知らせ、ご協力をお願いいたします。ありがとうございます。",
        "\ue000\ue001",
    ],
)
def test_honest_text_isnt_rubbish(text: str) -> None:
    assert not looks_like_rubbish(text)


def test_a_layer_agrees_with_its_picture_up_to_small_errors() -> None:
    assert says_the_same(["关于电梯检修的通知"], ["关于电悌检修的通知"])
    assert not says_the_same(["关于电梯检修的通知"], ["请各位业主合理安排"])
    assert says_the_same([], [])


def test_a_message_carries_words_bytes_and_files() -> None:
    ours, theirs = socket.socketpair()
    reading, writing = os.pipe()
    with ours, theirs:
        send(ours, Message({"a": 1, "b": "词"}, (b"one", b"", b"\xff" * 100_000), (reading,)))
        got = receive(theirs)
        assert got is not None
        assert (got.number("a", 0, 2), got.word("b"), [len(blob) for blob in got.blobs]) == (
            1,
            "词",
            [3, 0, 100_000],
        )
        (file,) = got.files
        os.write(writing, b"through")
        assert os.read(file, 7) == b"through"
        got.close()
        ours.close()
        assert receive(theirs) is None
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize(
    "content",
    [
        b"\x02\0\0\0" + b"\0" * 8 + b"[]",
        b"\x04\0\0\0" + b"\0" * 8 + b"nope",
        b"\xff\xff\xff\xff" + b"\0" * 8,
        b"\x02\0\0\0" + b"\xff" * 8 + b"{}",
        b"\x0d\0\0\0" + b"\x05" + b"\0" * 7 + b'{"blobs":[9]}',
        b"\x02\0\0\0" + b"\0" * 8 + b"{",
        b"\x02\0",
    ],
)
def test_nonsense_on_the_wire_is_an_error_and_nothing_worse(content: bytes) -> None:
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.send(content)
        ours.close()
        with pytest.raises(WireError):
            receive(theirs)


@pytest.mark.parametrize(
    "ask",
    [
        lambda message: message.number("n", 0, 9),
        lambda message: message.word("n"),
        lambda message: message.words("n"),
        lambda message: message.fraction("t"),
        lambda message: message.number("t", 0, 1),
    ],
)
def test_a_head_is_what_it_should_be_or_refused(ask: object) -> None:
    with pytest.raises(WireError):
        ask(Message({"n": 10, "t": True}))  # type: ignore[operator]  # parametrised with plain functions


def test_a_preview_covers_everything_if_a_number_has_no_place() -> None:
    page = Image.new("L", (700, 990), 255)
    made = pictures(page, Reading("电话13812345678", b""))
    assert made.masked is not None
    with Image.open(io.BytesIO(made.masked)) as masked:
        assert masked.getextrema()[1] < 100


def test_a_preview_covers_the_number_up_to_its_last_digits() -> None:
    page = Image.new("RGB", (1400, 990), "white")
    text = "13812345678"
    boxes = pack_boxes([CharBox(0.1 + at * 0.05, 0.5, 0.15 + at * 0.05, 0.55) for at in range(len(text))])
    made = pictures(page, Reading(text, boxes))
    assert made.masked is not None
    with Image.open(io.BytesIO(made.masked)) as masked:
        grey = masked.convert("L")
    for place in (0.12, 0.22, 0.35):
        assert grey.getpixel((round(place * 1400), round(0.525 * 990))) < 100
    for place in (0.08, 0.48, 0.62):
        assert grey.getpixel((round(place * 1400), round(0.525 * 990))) > 200


def test_a_model_that_was_exchanged_is_refused() -> None:
    with pytest.raises(ValueError, match="isn't the one"):
        ModelFile("models/ppocrv6/ppocrv6_tiny_dict.txt", "0" * 64).read()


def test_only_what_may_go_better_next_time_is_worth_a_retry() -> None:
    assert {reason for reason in Reason if not reason.is_quarantine} == {
        Reason.TIMED_OUT,
        Reason.OUT_OF_MEMORY,
        Reason.CRASHED,
    }


def test_a_page_without_numbers_has_its_own_preview_and_an_unchecked_one_none() -> None:
    page = Image.new("L", (700, 990), 255)
    clear = pictures(page, Reading("收据编号 0012345", b""))
    assert clear.masked == clear.preview
    assert pictures(page, Reading("收据编号 0012345", b""), checked=False).masked is None


@pytest.mark.parametrize(("confidence", "covered"), [(100, True), (250, False)])
def test_something_like_a_number_is_covered_where_it_is_doubtful(confidence: int, covered: bool) -> None:
    text = "13B00OI23A4"
    boxes = [CharBox(0.05 * at, 0.5, 0.05 * (at + 1), 0.55, 250) for at in range(len(text))]
    boxes[2] = boxes[2]._replace(confidence=confidence)
    made = pictures(Image.new("L", (1400, 990), 255), Reading(text, pack_boxes(boxes)))
    assert (made.masked != made.preview) is covered


def line(text: str, left: float, top: float, certain: int = 255) -> list[CharBox]:
    return [
        CharBox(left + 0.02 * at, top, left + 0.02 * (at + 1), top + 0.02, certain) for at in range(len(text))
    ]


def test_words_of_a_picture_come_behind_the_line_above_in_their_own_column() -> None:
    known = ["左上", "左下", "右上", "右下"]
    places = [(0.1, 0.1), (0.1, 0.5), (0.6, 0.1), (0.6, 0.5)]
    boxes = [box for text, at in zip(known, places, strict=True) for box in [*line(text, *at), NEWLINE]][:-1]
    read = [*line("左图", 0.1, 0.3), NEWLINE, *line("下", 0.14, 0.5), NEWLINE, *line("眉", 0.1, 0.02)]
    areas = (Frame(0.05, 0.0, 0.5, 0.06), Frame(0.05, 0.25, 0.5, 0.6))
    whole = merged(
        Reading("\n".join(known), pack_boxes(boxes)), Reading("左图\n下\n眉", pack_boxes(read)), areas
    )
    assert whole.text.split("\n") == ["眉", "左上", "左图", "下", "左下", "右上", "右下"]
    assert len(unpack_boxes(whole.boxes)) == len(whole.text)


@given(
    st.lists(st.text("甲乙 ", min_size=1, max_size=4), max_size=5),
    st.lists(st.text("丙丁", min_size=1, max_size=4), min_size=1, max_size=5),
)
def test_merging_loses_nothing(known: list[str], read: list[str]) -> None:
    def packed(lines: list[str], left: float) -> Reading:
        boxes = [b for at, text in enumerate(lines) for b in [*line(text, left, 0.05 + 0.1 * at), NEWLINE]][
            :-1
        ]
        return Reading("\n".join(lines), pack_boxes(boxes))

    whole = merged(packed(known, 0.1), packed(read, 0.5), (Frame(0.4, 0, 1, 1),))
    assert [row for row in whole.text.split("\n") if row in known] == known
    assert [row for row in whole.text.split("\n") if row in read] == read
    assert len(unpack_boxes(whole.boxes)) == len(whole.text)
