"""A trained model at work: hashed character n-grams, one row of weights a class, probabilities by softmax.

Only numpy, which the search index has loaded already: proposing never imports scikit-learn. Weights are kept as npz
without pickled objects: opening a model can't run anything, whoever put it there.
"""

import io
import math
import zlib
from collections import Counter
from dataclasses import dataclass
from typing import Final
from zipfile import BadZipFile
from zlib import crc32

import numpy as np
import numpy.typing as npt

from archive_service.suggestions.rules import Known, Source
from archive_service.suggestions.rules.classes import Opinion
from archive_service.suggestions.rules.paper import Paper

FEATURES: Final = 1 << 15
MOST_CHARACTERS: Final = 3_000
GRAMS: Final = (1, 2, 3)
FORMAT: Final = 1
LEAST_FAMILIAR: Final = 0.1
Floats = npt.NDArray[np.float32]


class NoModel(ValueError):
    """These bytes are no model of ours."""


def _counted(text: str) -> Counter[int]:
    counts: Counter[int] = Counter()
    for size in GRAMS:
        for at in range(len(text) - size + 1):
            counts[crc32(text[at : at + size].encode()) % FEATURES] += 1
    return counts


def plain(text: str) -> str:
    """What is looked at of a text: every run of digits and Latin letters is one sign, stars of covered ones too."""
    kept: list[str] = []
    for char in text[:MOST_CHARACTERS]:
        sign = "0" if char.isdigit() or char == "*" else "a" if char.isascii() and char.isalpha() else char
        if sign in "0a" and kept and kept[-1] == sign:
            continue
        kept.append(sign)
    return "".join(kept)


def features(paper: Paper) -> tuple[npt.NDArray[np.int32], Floats]:
    """(columns, weights ≥ 0) of a masked paper; the heading and the name count twice. Not scaled to a length yet."""
    head = "^" + plain(paper.flat[: paper.heading] + paper.name)
    counts = _counted(plain(paper.flat))
    counts.update(_counted(head))
    counts.update(_counted(head))
    columns = np.fromiter(sorted(counts), dtype=np.int32, count=len(counts))
    weights = np.fromiter(
        (1.0 + math.log(counts[c]) for c in columns.tolist()), dtype=np.float32, count=len(counts)
    )
    return columns, weights


@dataclass(frozen=True, slots=True)
class Weights:
    """``matrix``: classes × FEATURES; ``idf``: of each column; ``temperature`` softens what the scores claim."""

    classes: tuple[str, ...]
    matrix: Floats
    offsets: Floats
    idf: Floats
    temperature: float

    def probabilities(self, columns: npt.NDArray[np.int32], weights: Floats) -> dict[str, float]:
        """Of each class; together less than 1 for a paper unlike all that was learnt from, however clearly one class
        is ahead of the others: of forms it never saw a model knows little, and must not outvote what stands there.
        """
        scaled = weights * self.idf[columns]
        length = float(np.sqrt(np.dot(scaled, scaled)))
        if not length:
            return {}
        scores = self.matrix[:, columns].astype(np.float32) @ (scaled / length) + self.offsets
        known = familiar(float(scores.max()))
        shares = softmax(scores, self.temperature)
        return {code: share * known for code, share in zip(self.classes, shares, strict=True)}


def familiar(margin: float) -> float:
    """How much what is said of a paper counts whose best class scores ``margin``: measured, papers on known forms have
    about 4, those in other words about −4."""
    return max(LEAST_FAMILIAR, 1.0 / (1.0 + math.exp(-max(-30.0, margin))))


def softmax(scores: Floats, temperature: float) -> list[float]:
    raised = np.exp((scores - scores.max()) / max(1e-3, temperature))
    return [float(share) for share in raised / raised.sum()]


def to_bytes(weights: Weights) -> bytes:
    out = io.BytesIO()
    np.savez_compressed(
        out,
        format=np.array([FORMAT, FEATURES], dtype=np.int64),
        classes=np.array(weights.classes, dtype="U12"),
        matrix=weights.matrix.astype(np.float16),
        offsets=weights.offsets.astype(np.float32),
        idf=weights.idf.astype(np.float16),
        temperature=np.array([weights.temperature], dtype=np.float64),
    )
    return out.getvalue()


def from_bytes(raw: bytes) -> Weights:
    """Raises NoModel."""
    try:
        with np.load(io.BytesIO(raw), allow_pickle=False) as parts:
            if parts["format"].tolist() != [FORMAT, FEATURES]:
                raise NoModel("of another format")
            classes = tuple(str(code) for code in parts["classes"])
            weights = Weights(
                classes,
                # Half as wide as computing needs it: it stays in the memory of every worker.
                parts["matrix"],
                parts["offsets"],
                parts["idf"].astype(np.float32),
                float(parts["temperature"][0]),
            )
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        OSError,
        EOFError,
        BadZipFile,
        zlib.error,
    ) as error:
        raise NoModel(str(error)) from error
    if weights.matrix.shape != (len(classes), FEATURES) or weights.offsets.shape != (len(classes),):
        raise NoModel("its parts don't fit together")
    return weights


@dataclass(frozen=True, slots=True)
class ActiveModel:
    """``version``: its row; ``trust``: how often it was right first on papers it never saw."""

    version: int
    weights: Weights
    trust: float

    def opinion(self, paper: Paper, known: Known) -> Opinion:
        """``paper``: masked, as those were from which it learnt."""
        told = self.weights.probabilities(*features(paper))
        likely = sorted(((p, code) for code, p in told.items() if code in known.classes), reverse=True)
        classes = {code: p * (0.5 + 0.5 * self.trust) for p, code in likely[:6] if p >= 0.02}
        return Opinion(Source.MODEL, classes, {})
