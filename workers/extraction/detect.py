"""Where on a picture text stands: a tiny DB detector, run by ONNX Runtime directly.

The models are called without the packages around them because those pad and enlarge (a third of the speed)
and hide the probability of each character, which tells a misread name from a read one.
"""

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
import numpy.typing as npt
import onnxruntime

Pixels = npt.NDArray[np.uint8]  # height × width × 3, blue first, or height × width
Quad = npt.NDArray[np.float32]  # 4 × 2: the corners in pixels, from the text's top left clockwise

A4_LONG_MM: Final = 297.0
LONG_SIDE: Final = 960  # of an A4 page; as accurate as 2,000 for a third of the time
_TILE: Final = 1440  # a longer picture is looked at in parts
_OVERLAP: Final = 96
_INK: Final = 0.3
_SURE: Final = 0.5
_WIDEN: Final = 1.6  # the network marks the core of a line; its rim is this much of area over length away
_SMALLEST: Final = 3.0


def session(model: bytes) -> onnxruntime.InferenceSession:
    """A model ready to run in this one thread; more threads bring nothing on a page and take the other core."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.enable_cpu_mem_arena = False
    options.log_severity_level = 4
    options.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    return onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])


@dataclass(frozen=True, slots=True)
class Detector:
    """Finds lines of text. Not to be used by two threads at once."""

    model: onnxruntime.InferenceSession

    def find(self, picture: Pixels, long_mm: float | None) -> list[Quad]:
        """Corners of every piece of a line, unordered.

        ``long_mm``: the sheet's long side if known; bigger sheets are looked at in more detail, in parts.
        """
        height, width = picture.shape[:2]
        wanted = LONG_SIDE * max(1.0, (long_mm or A4_LONG_MM) / A4_LONG_MM)
        scale = min(1.0, wanted / max(height, width))
        small = cv2.resize(
            picture,
            (max(1, round(width * scale)), max(1, round(height * scale))),
            interpolation=cv2.INTER_AREA if scale < 0.5 else cv2.INTER_LINEAR,
        )
        found: list[Quad] = []
        for left, right in _parts(small.shape[1]):
            for top, bottom in _parts(small.shape[0]):
                inside = (
                    left + _OVERLAP // 2 if left else -1,
                    top + _OVERLAP // 2 if top else -1,
                    right - _OVERLAP // 2 if right < small.shape[1] else small.shape[1] + 1,
                    bottom - _OVERLAP // 2 if bottom < small.shape[0] else small.shape[0] + 1,
                )
                for quad in self._look(np.ascontiguousarray(small[top:bottom, left:right])):
                    quad = quad + np.array([left, top], np.float32)
                    x, y = quad.mean(axis=0)
                    # In an overlap, the part in whose inner area the middle lies keeps the line.
                    if inside[0] <= x < inside[2] and inside[1] <= y < inside[3]:
                        found.append((quad / scale).astype(np.float32))
        return found

    def _look(self, picture: Pixels) -> list[Quad]:
        height, width = picture.shape[:2]
        fitted = cv2.resize(picture, (max(32, round(width / 32) * 32), max(32, round(height / 32) * 32)))
        if fitted.ndim == 2:
            fitted = cv2.cvtColor(fitted, cv2.COLOR_GRAY2BGR)
        blob = ((fitted.astype(np.float32) / 255 - 0.5) / 0.5).transpose(2, 0, 1)[None]
        heat = self.model.run(None, {"x": np.ascontiguousarray(blob)})[0][0, 0]
        ink = cv2.dilate((heat > _INK).astype(np.uint8), np.ones((2, 2), np.uint8))
        contours, _ = cv2.findContours(ink, cv2.RETR_LIST, cv2.CHAIN_APPROX_SIMPLE)
        back = np.array([width / heat.shape[1], height / heat.shape[0]], np.float32)
        found: list[Quad] = []
        for contour in contours[:3000]:
            centre, (long, short), angle = cv2.minAreaRect(contour)
            if min(long, short) < _SMALLEST or _certainty(heat, contour) < _SURE:
                continue
            rim = long * short * _WIDEN / (2 * (long + short))
            if min(long, short) + 2 * rim < _SMALLEST + 2:
                continue
            corners = cv2.boxPoints((centre, (long + 2 * rim, short + 2 * rim), angle))
            found.append(_from_top_left(corners.astype(np.float32) * back))
        return found


def _parts(side: int) -> list[tuple[int, int]]:
    """A side's length cut into overlapping stretches of at most a tile."""
    if side <= _TILE:
        return [(0, side)]
    count = -(-(side - _OVERLAP) // (_TILE - _OVERLAP))
    step = (side - _OVERLAP) / count
    return [(round(at * step), min(side, round((at + 1) * step) + _OVERLAP)) for at in range(count)]


def _certainty(heat: npt.NDArray[np.float32], contour: cv2.typing.MatLike) -> float:
    left, top, width, height = cv2.boundingRect(contour)
    inside = np.zeros((height, width), np.uint8)
    cv2.fillPoly(inside, [contour - np.array([left, top])], 1)
    return float(cv2.mean(heat[top : top + height, left : left + width], inside)[0])


def _from_top_left(corners: Quad) -> Quad:
    """The corners, given clockwise, from the one whose edge runs most nearly to the right.

    Sorting them by x and y, as is often done, muddles standing strips that lean.
    """
    edges = np.roll(corners, -1, axis=0) - corners
    rightward = edges[:, 0] / np.maximum(np.linalg.norm(edges, axis=1), 1e-6)
    return np.roll(corners, -int(rightward.argmax()), axis=0)
