"""No text, however it was made up, keeps masking busy: its time grows with the length alone."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from archive_service.kernel.masking import mask, spans


@contextmanager
def at_most_cpu(seconds: float) -> Iterator[None]:
    """Fails as soon as this process has computed for so long, however long the machine let it wait."""

    def too_long(_signal: int, _frame: FrameType | None) -> None:
        raise AssertionError(f"still masking after {seconds} seconds of CPU")

    before = signal.signal(signal.SIGVTALRM, too_long)
    signal.setitimer(signal.ITIMER_VIRTUAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_VIRTUAL, 0)
        signal.signal(signal.SIGVTALRM, before)


# Linear time needs a tenth of a second here and a few seconds for a million characters; quadratic time would
# need hours for those, exponential time has no end.
@pytest.mark.parametrize("gap", ["   ", " ", "-", " - ", "\u3000-", ".", "|", ") (", "，", "、 ", "\u200b"])
@pytest.mark.parametrize("digits", ["1", "13", "01", "l", "１", "①", "⑬", "一", "13912"])
def test_a_run_of_digits_that_breaks_off_takes_no_long_time(digits: str, gap: str) -> None:
    with at_most_cpu(60):
        for length in range(1, 18):
            mask("联系 " + gap.join((digits * 17)[:length]) + " 完")
        endless = (digits + gap) * (20_000 // len(digits + gap))
        assert len(mask(endless)) == len(endless)
        spans(endless)


@pytest.mark.parametrize("unit", ["1   ", "1-"])
def test_a_million_characters_are_masked_in_reasonable_time(unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    with at_most_cpu(300):
        assert len(mask(text)) == len(text)


@settings(max_examples=40, deadline=None)
@given(
    unit=st.lists(
        st.sampled_from(
            [
                *"0189lOX|１①⑩.-_/·()（，：一三",
                " ",
                "   ",
                "\n",
                "\u3000",
                "\u200b",
                "\xad",
                "139",
                "110101",
                "19900307",
                "电话",
                "手机：",
                "身份证",
                "卡号",
                "编号",
                "Tel",
                "(020)",
                "粤A",
                "车粤 A",
                "户名",
                "+86",
                "+86571",
                "\u034f",
            ]
        ),
        min_size=1,
        max_size=40,
    ).map("".join),
    length=st.integers(1, 20_000),
)
def test_no_text_takes_a_long_time(unit: str, length: int) -> None:
    text = (unit * length)[:length]
    with at_most_cpu(60):
        assert len(mask(text)) == len(text)
        spans(text)
