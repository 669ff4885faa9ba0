"""A line's picture to its characters, each with its place and its probability."""

import math
from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

from workers.extraction.detect import Pixels, Quad, session
from workers.extraction.models import (
    SMALL_CHARACTERS,
    SMALL_RECOGNISER,
    TINY_CHARACTERS,
    TINY_RECOGNISER,
    ModelFile,
)

HEIGHT: Final = 48
_LONGEST: Final = 3200  # pixels of a line at that height: some 65 Chinese characters
DOUBT: Final = 0.95  # a less certain character may be one that tiny doesn't know: names are full of them
NEIGHBOURS: Final = 6  # fewer, and small misses the context; more cost time and find little


@dataclass(frozen=True, slots=True)
class ReadCharacter:
    """``left`` and ``right``: fractions of the line's length."""

    char: str
    probability: float
    left: float
    right: float


@dataclass(frozen=True, slots=True)
class ReadLine:
    characters: tuple[ReadCharacter, ...]

    @property
    def text(self) -> str:
        return "".join(character.char for character in self.characters)

    @property
    def mean(self) -> float:
        count = len(self.characters)
        return sum(character.probability for character in self.characters) / count if count else 0.0


class LineModel:
    """One recognition model with its characters."""

    def __init__(self, model: ModelFile, characters: ModelFile) -> None:
        self._session: onnxruntime.InferenceSession = session(model.read())
        # Class 0 is "nothing here"; the blank comes last and isn't in the list of characters.
        self._characters = [
            "",
            *characters.read().decode().replace("\r", "").removesuffix("\n").split("\n"),
            " ",
        ]
        classes = self._session.get_outputs()[0].shape[-1]
        if len(self._characters) != classes:
            raise ValueError(f"{model.place} tells {classes} characters apart, not {len(self._characters)}")

    def read(self, strip: Pixels) -> ReadLine:
        """What stands on a straight strip of one line, any size, grey or colour."""
        height, width = strip.shape[:2]
        wide = min(_LONGEST, max(16, math.ceil(HEIGHT * width / height)))
        padded = -(-wide // 16) * 16
        small = cv2.resize(strip, (wide, HEIGHT))
        if small.ndim == 2:
            small = cv2.cvtColor(small, cv2.COLOR_GRAY2BGR)
        blob = np.zeros((1, 3, HEIGHT, padded), np.float32)
        blob[0, :, :, :wide] = ((small.astype(np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)
        steps: npt.NDArray[np.float32] = self._session.run(None, {"x": blob})[0][0]
        return self._decoded(steps, padded / wide, wide)

    def _decoded(self, steps: npt.NDArray[np.float32], stretch: float, wide: int) -> ReadLine:
        best = steps.argmax(axis=1)
        starts = np.flatnonzero((best != 0) & np.concatenate(([True], best[1:] != best[:-1])))
        if not len(starts):
            return ReadLine(())
        probabilities = steps[starts, best[starts]]
        ends = [
            next((at for at in range(start, len(best)) if best[at] != best[start]), len(best))
            for start in starts
        ]
        unit = stretch / len(best)
        middles = [float(start + end) / 2 * unit for start, end in zip(starts, ends, strict=True)]
        letters = [self._characters[best[start]] for start in starts]
        return ReadLine(tuple(_placed(letters, probabilities.tolist(), middles, HEIGHT / wide)))


def _placed(
    letters: list[str], probabilities: list[float], middles: list[float], em: float
) -> list[ReadCharacter]:
    """Characters reach half-way to their neighbours, yet no further than their own kind is wide."""
    placed: list[ReadCharacter] = []
    for at, (letter, middle) in enumerate(zip(letters, middles, strict=True)):
        half = em * (0.5 if ord(letter[0]) >= 0x2E80 else 0.32)
        left = max(middle - half, (middles[at - 1] + middle) / 2 if at else 0.0)
        right = min(middle + half, (middle + middles[at + 1]) / 2 if at + 1 < len(middles) else 1.0)
        placed.append(
            ReadCharacter(letter, min(1.0, probabilities[at]), max(0.0, left), min(1.0, max(left, right)))
        )
    return placed


class LineReader:
    """Tiny first; small again around what tiny doubts. Small is loaded at the first doubt.

    Small costs eight times as much, so it sees the doubtful characters with a few neighbours, not the line.
    """

    def __init__(self) -> None:
        self.tiny = LineModel(TINY_RECOGNISER, TINY_CHARACTERS)
        self._small: LineModel | None = None

    def read(self, strip: Pixels) -> ReadLine:
        """As ``LineModel.read``, with the doubtful stretches read twice."""
        first = self.tiny.read(strip)
        stretches = _doubtful(first)
        if first.characters and not stretches:
            return first
        if self._small is None:
            self._small = LineModel(SMALL_RECOGNISER, SMALL_CHARACTERS)
        if not first.characters:
            return self._small.read(strip)
        parts: list[ReadCharacter] = []
        done = 0
        for start, end in stretches:
            parts += first.characters[done:start]
            parts += self._again(
                self._small, strip, first.characters[start:end], whole=end - start == len(first.characters)
            )
            done = end
        return ReadLine((*parts, *first.characters[done:]))

    @staticmethod
    def _again(
        small: LineModel, strip: Pixels, doubted: tuple[ReadCharacter, ...], *, whole: bool
    ) -> tuple[ReadCharacter, ...]:
        left, right = (0.0, 1.0) if whole else (doubted[0].left, doubted[-1].right)
        width = strip.shape[1]
        start, end = math.floor(left * width), math.ceil(right * width)
        if end - start < 4:
            return doubted
        second = small.read(strip[:, start:end])
        if second.mean < ReadLine(doubted).mean - 0.1:
            return doubted
        return tuple(
            ReadCharacter(
                char=character.char,
                probability=character.probability,
                left=left + character.left * (right - left),
                right=left + character.right * (right - left),
            )
            for character in second.characters
        )


def _doubtful(line: ReadLine) -> list[tuple[int, int]]:
    """Stretches of characters to read again, ascending and apart."""
    count = len(line.characters)
    found: list[tuple[int, int]] = []
    for at, character in enumerate(line.characters):
        # A full stop that may be a comma isn't worth the time.
        if character.probability >= DOUBT or not character.char.isalnum():
            continue
        start, end = max(0, at - NEIGHBOURS), min(count, at + NEIGHBOURS + 1)
        if found and start <= found[-1][1] + 1:
            found[-1] = found[-1][0], end
        else:
            found.append((start, end))
    if sum(end - start for start, end in found) * 4 > count * 3:
        return [(0, count)]
    return found


def straightened(picture: Pixels, quad: Quad) -> Pixels:
    """The strip of picture inside four corners, upright on its long side."""
    width = max(1, round(max(np.linalg.norm(quad[0] - quad[1]), np.linalg.norm(quad[3] - quad[2]))))
    height = max(1, round(max(np.linalg.norm(quad[0] - quad[3]), np.linalg.norm(quad[1] - quad[2]))))
    # Warp only the line's surroundings: a warp reads its whole source.
    low = np.maximum(np.floor(quad.min(axis=0)).astype(int) - 2, 0)
    high = np.ceil(quad.max(axis=0)).astype(int) + 3
    around = picture[low[1] : high[1], low[0] : high[0]]
    target = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    turn = cv2.getPerspectiveTransform((quad - low).astype(np.float32), target)
    return np.asarray(
        cv2.warpPerspective(
            around, turn, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        ),
        np.uint8,
    )
