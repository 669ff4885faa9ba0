"""Reads a Code 128 from the picture of a label, by the widths of its bars. Source of the table: ISO/IEC 15417."""

from itertools import groupby
from typing import Final

from workers.extraction.detect import Pixels

_TABLE: Final = """
212222 222122 222221 121223 121322 131222 122213 122312 132212 221213 221312 231212 112232 122132 122231 113222 123122
123221 223211 221132 221231 213212 223112 312131 311222 321122 321221 312212 322112 322211 212123 212321 232121 111323
131123 131321 112313 132113 132311 211313 231113 231311 112133 112331 132131 113123 113321 133121 313121 211331 231131
213113 213311 213131 311123 311321 331121 312113 312311 332111 314111 221411 431111 111224 111422 121124 121421 141122
141221 112214 112412 122114 122411 142112 142211 241211 221114 413111 241112 134111 111242 121142 121241 114212 124112
124211 411212 421112 421211 212141 214121 412121 111143 111341 131141 114113 114311 411113 411311 113141 114131 311141
411131 211412 211214 211232
"""
_SYMBOLS: Final = {tuple(map(int, widths)): n for n, widths in enumerate(_TABLE.split())}
_STOP: Final = (2, 3, 3, 1, 1, 1, 2)
_C: Final = 99
_B: Final = 100
_A: Final = 101
_STARTS: Final = {103: _A, 104: _B, 105: _C}
_MODULES: Final = 11
_QUIET: Final = 10


def bars_on(label: Pixels) -> tuple[str, float] | None:
    """What the bars say and how wide the finest is, in pixels; None where no line of the picture holds a whole code
    with its white margins and a right check symbol."""
    for line in label[::-4]:
        runs = [(dark, len(list(run))) for dark, run in groupby(bool(value) for value in line < 128)]
        for n, (dark, _) in enumerate(runs):
            if dark and n and (found := _read([width for _, width in runs[n - 1 :]])):
                return found
    return None


def _read(widths: list[int]) -> tuple[str, float] | None:
    """``widths``: from the white before the first bar."""
    symbols: list[int] = []
    module = sum(widths[1:7]) / _MODULES
    at = 1
    while len(widths) >= at + 8:
        if _in_modules(widths[at : at + 7], 13) == _STOP:
            quiet = min(widths[0], widths[at + 7]) >= _QUIET * module
            return (_text(symbols), module) if quiet and _is_right(symbols) else None
        symbol = _SYMBOLS.get(_in_modules(widths[at : at + 6], _MODULES))
        if symbol is None or (not symbols and symbol not in _STARTS):
            return None
        symbols.append(symbol)
        at += 6
    return None


def _in_modules(widths: list[int], modules: int) -> tuple[int, ...]:
    whole = sum(widths)
    return tuple(round(width * modules / whole) for width in widths)


def _is_right(symbols: list[int]) -> bool:
    first, *body, check = symbols
    return (first + sum(n * symbol for n, symbol in enumerate(body, 1))) % 103 == check


def _text(symbols: list[int]) -> str:
    which, text = _STARTS[symbols[0]], ""
    for symbol in symbols[1:-1]:
        if symbol in (_A, _B, _C) and symbol != which:
            which = symbol
        elif which == _C:
            text += f"{symbol:02}"
        else:
            text += chr(symbol + 32)
    return text
