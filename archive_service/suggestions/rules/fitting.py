"""Learns the classes from gathered features, in a process of its own: ``python -m …rules.fitting FOLDER``.

scikit-learn takes 90 MB by being imported, and learning more: the service stays small, and whatever happens here ends
with this process. It finds plain arrays in the folder (see ``Gathered``), learns in batches from
the disk, and leaves ``model.npz`` and ``scores.json``. Where ``active.npz`` lies beside them, the model in use, that one
is examined with the same papers. Seeded: the same filings make the same model.
"""

import json
import os
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from archive_service.suggestions.rules.trained import (
    FEATURES,
    Floats,
    NoModel,
    Weights,
    from_bytes,
    softmax,
    to_bytes,
)

HELD_BACK: Final = frozenset({0, 1})  # of ten folds: the examination
FOLDS: Final = 10
WHOLE_FORMS: Final = 12
"""Of so many forms one is held back whole, with all its papers: how a model does on forms it never saw is another
question than how it does on the next paper of a known one. Another one helps to find how sure it may call itself."""
CALIBRATING: Final = frozenset({2})
BATCH: Final = 256
FEWEST_PAPERS: Final = 30
FEWEST_OF_A_CLASS: Final = 4
FEWEST_FOUND_IN: Final = 2
"""A sign that only one paper has says nothing of its class, and might say something of a person."""
MOST_CONFUSIONS: Final = 40
_TEMPERATURES: Final = tuple(round(0.4 * 1.2**step, 3) for step in range(16))


class TooFewPapers(ValueError):
    """There is nothing to learn from yet."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """Features of papers on the disk: ``starts[i]:starts[i + 1]`` are those of paper i. ``ruled``: whether the rules
    alone name its class first."""

    classes: tuple[str, ...]  # of each paper
    forms: tuple[int, ...]  # the same for papers with the same heading
    ruled: tuple[bool, ...]
    folds: tuple[int, ...]
    starts: npt.NDArray[np.int64]
    columns: npt.NDArray[np.int32]
    weights: Floats

    @classmethod
    def of(cls, folder: Path) -> "Gathered":
        told = json.loads((folder / "papers.json").read_text("ascii"))
        return cls(
            tuple(told["classes"]),
            tuple(told["forms"]),
            tuple(told["ruled"]),
            folds_of(told["classes"], told["papers"], told["forms"]),
            np.array(told["starts"], dtype=np.int64),
            np.memmap(folder / "columns.bin", dtype=np.int32, mode="r"),
            np.memmap(folder / "weights.bin", dtype=np.float32, mode="r"),
        )

    def among(self, folds: frozenset[int], known: frozenset[str]) -> list[int]:
        return [
            paper
            for paper, (fold, code) in enumerate(zip(self.folds, self.classes, strict=True))
            if fold in folds and code in known
        ]


def folds_of(classes: Sequence[str], papers: Sequence[int], forms: Sequence[int]) -> tuple[int, ...]:
    """The fold of each paper; ``papers`` and ``forms``: hashes. A form that is most of its class is never held back
    whole: there would be nothing to learn the class from."""
    of_class, of_form = Counter(classes), Counter(zip(classes, forms, strict=True))
    found = []
    for code, paper, form in zip(classes, papers, forms, strict=True):
        whole = form % WHOLE_FORMS in (0, 1) and 3 * of_form[code, form] <= of_class[code]
        found.append((0, 2)[form % WHOLE_FORMS] if whole else paper % FOLDS)
    return tuple(found)


def learn(folder: Path) -> None:
    """Raises TooFewPapers."""
    gathered = Gathered.of(folder)
    learnt_folds = frozenset(range(10)) - HELD_BACK - CALIBRATING
    counted = Counter(
        code for code, fold in zip(gathered.classes, gathered.folds, strict=True) if fold in learnt_folds
    )
    known = frozenset(code for code, count in counted.items() if count >= FEWEST_OF_A_CLASS)
    learnt = gathered.among(learnt_folds, known)
    examined = gathered.among(HELD_BACK, known)
    if len(known) < 2 or len(learnt) < FEWEST_PAPERS or not examined:
        raise TooFewPapers(f"papers={len(gathered.classes)} classes={len(known)}")
    idf = _idf(gathered, learnt)
    weights = _fitted(gathered, learnt, sorted(known), idf)
    temperature = _temperature(gathered, gathered.among(CALIBRATING, known) or learnt[:200], weights)
    weights = Weights(weights.classes, weights.matrix, weights.offsets, idf, temperature)
    seen = {gathered.forms[paper] for paper in learnt}
    strange = [paper for paper in examined if gathered.forms[paper] not in seen]
    scores = _scores(gathered, examined, weights, counted, known)
    scores |= {"rules_right": sum(gathered.ruled[paper] for paper in examined)}
    scores |= {"new_examined": len(strange), "new_right": _right(gathered, strange, weights)}
    scores |= {"active_right": _active_right(folder, gathered, examined)}
    (folder / "model.npz").write_bytes(to_bytes(weights))
    (folder / "scores.json").write_text(json.dumps(scores), "ascii")


def _active_right(folder: Path, gathered: Gathered, examined: Sequence[int]) -> int | None:
    """Of the papers that the new model is examined with; they were held back from the one in use as well, for a paper
    stays in its fold. None if there is no such model, or none that can be read."""
    try:
        weights = from_bytes((folder / "active.npz").read_bytes())
    except (FileNotFoundError, NoModel):
        return None
    wide = Weights(
        weights.classes,
        weights.matrix.astype(np.float32),
        weights.offsets,
        weights.idf,
        weights.temperature,
    )
    return _right(gathered, examined, wide)


def _idf(gathered: Gathered, papers: Sequence[int]) -> Floats:
    found_in = np.zeros(FEATURES, dtype=np.int64)
    for paper in papers:
        found_in[gathered.columns[gathered.starts[paper] : gathered.starts[paper + 1]]] += 1
    idf = np.log((1.0 + len(papers)) / (1.0 + found_in)) + 1.0
    idf[found_in < FEWEST_FOUND_IN] = 0.0
    return np.asarray(idf, dtype=np.float32)


def _rows(gathered: Gathered, papers: Sequence[int], idf: Floats) -> Any:
    """A sparse matrix of these papers, each scaled to length 1."""
    from scipy.sparse import csr_matrix

    columns, values, starts = [], [], [0]
    for paper in papers:
        place = slice(gathered.starts[paper], gathered.starts[paper + 1])
        at = np.asarray(gathered.columns[place])
        scaled = np.asarray(gathered.weights[place]) * idf[at]
        length = float(np.sqrt(np.dot(scaled, scaled))) or 1.0
        columns.append(at)
        values.append(scaled / length)
        starts.append(starts[-1] + len(at))
    return csr_matrix(
        (np.concatenate(values), np.concatenate(columns), np.array(starts)), shape=(len(papers), FEATURES)
    )


def _batches(papers: Sequence[int], chance: np.random.Generator) -> Iterator[list[int]]:
    order = chance.permutation(len(papers)).tolist()
    for at in range(0, len(order), BATCH):
        yield [papers[i] for i in order[at : at + BATCH]]


def _fitted(gathered: Gathered, papers: Sequence[int], classes: list[str], idf: Floats) -> Weights:
    from sklearn.linear_model import SGDClassifier

    chance = np.random.default_rng(0)
    learner = SGDClassifier(loss="log_loss", alpha=2e-5, average=True, random_state=0, n_jobs=1)
    rounds = max(4, min(30, 40_000 // len(papers)))
    for number in range(rounds):
        for batch in _batches(papers, chance):
            learner.partial_fit(
                _rows(gathered, batch, idf), [gathered.classes[paper] for paper in batch], classes=classes
            )
        _tell(number + 1, rounds)
    matrix, offsets = learner.coef_, learner.intercept_
    if len(classes) == 2:  # the library keeps one row for two classes
        matrix, offsets = np.vstack([-matrix, matrix]), np.concatenate([-offsets, offsets])
    return Weights(
        tuple(str(code) for code in learner.classes_),
        matrix.astype(np.float16).astype(np.float32),
        offsets.astype(np.float32),
        idf,
        1.0,
    )


def _tell(done: int, of: int) -> None:
    """Progress for whoever started this process."""
    sys.stdout.write(f"{done} {of}\n")
    sys.stdout.flush()


def _margins(gathered: Gathered, papers: Sequence[int], weights: Weights) -> Iterator[tuple[str, Floats]]:
    for at in range(0, len(papers), BATCH):
        batch = papers[at : at + BATCH]
        margins = _rows(gathered, batch, weights.idf) @ weights.matrix.T + weights.offsets
        for paper, row in zip(batch, np.asarray(margins), strict=True):
            yield gathered.classes[paper], row


def _temperature(gathered: Gathered, papers: Sequence[int], weights: Weights) -> float:
    """The one with which what the scores claim comes true the most often (least log loss)."""
    place = {code: at for at, code in enumerate(weights.classes)}
    told = [(place[code], row) for code, row in _margins(gathered, papers, weights)]

    def loss(temperature: float) -> float:
        return -sum(float(np.log(max(1e-9, softmax(row, temperature)[at]))) for at, row in told)

    return min(_TEMPERATURES, key=loss)


def _right(gathered: Gathered, papers: Sequence[int], weights: Weights) -> int:
    told = _margins(gathered, papers, weights)
    return sum(weights.classes[int(np.argmax(row))] == code for code, row in told)


def _scores(
    gathered: Gathered, papers: Sequence[int], weights: Weights, counted: Counter[str], known: frozenset[str]
) -> dict[str, Any]:
    examined: Counter[str] = Counter()
    right: Counter[str] = Counter()
    claimed: Counter[str] = Counter()
    confused: Counter[tuple[str, str]] = Counter()
    sure: dict[int, list[int]] = {}
    for code, row in _margins(gathered, papers, weights):
        told = softmax(row, weights.temperature)
        at = int(np.argmax(row))
        guess = weights.classes[at]
        examined[code] += 1
        claimed[guess] += 1
        right[code] += guess == code
        if guess != code:
            confused[code, guess] += 1
        step = sure.setdefault(min(9, int(told[at] * 10)), [0, 0])
        step[0] += 1
        step[1] += guess == code
    commonest = max(known, key=lambda code: (counted[code], code))
    return {
        "learnt": sum(counted[code] for code in known),
        "examined": len(papers),
        "right": sum(right.values()),
        "commonest": commonest,
        "commonest_right": examined[commonest],
        "temperature": weights.temperature,
        "classes": {
            code: {
                "learnt": counted[code],
                "examined": examined[code],
                "right": right[code],
                "claimed": claimed[code],
            }
            for code in sorted(known)
        },
        "confusions": [[*pair, count] for pair, count in confused.most_common(MOST_CONFUSIONS)],
        "sure": [[step, *sure[step]] for step in sorted(sure)],
    }


def main() -> int:
    """0: learnt. 3: too few papers, which is told on stderr."""
    os.nice(10)
    try:
        learn(Path(sys.argv[1]))
    except TooFewPapers as error:
        sys.stderr.write(f"{error}\n")
        return 3
    return 0


if __name__ == "__main__":
    sys.exit(main())
