"""What a page's picture shows beside words: QR codes, whether it is blank, and a hash of how it looks."""

from typing import Final

import cv2
import imagehash
import numpy as np
from PIL import Image

from workers.extraction.detect import Pixels
from workers.extraction.scan import is_blank
from workers.extraction.values import PageLooks

_MOST_CODES: Final = 4
_LONGEST_CODE: Final = 200
_SIDES: Final = (1000, None)  # long sides tried one after the other; None: as it comes


def look(picture: Pixels, *, codes: bool = True) -> PageLooks:
    """``picture``: grey, or blue-green-red."""
    grey = picture if picture.ndim == 2 else np.asarray(cv2.cvtColor(picture, cv2.COLOR_BGR2GRAY), np.uint8)
    made = imagehash.phash(Image.fromarray(grey))
    return PageLooks(
        codes_on(grey) if codes else (),
        is_blank(picture),
        np.packbits(np.asarray(made.hash, np.uint8).ravel()).tobytes(),
    )


def codes_on(grey: Pixels) -> tuple[str, ...]:
    """Texts of the QR codes on it, whatever they say; of long ones the beginning."""
    # Of a hundred codes drawn on pages, askew and noisy, the other detector of this library misses one or two.
    detector = cv2.QRCodeDetectorAruco()
    long = max(grey.shape)
    for side in _SIDES:
        scale = 1.0 if side is None else side / long
        shown = (
            grey
            if side is None
            else cv2.resize(
                grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA if scale < 1 else cv2.INTER_CUBIC
            )
        )
        smooth = cv2.GaussianBlur(shown, (3, 3), 0)
        for one in (shown, smooth):
            try:
                _, texts, _, _ = detector.detectAndDecodeMulti(one)
            except (cv2.error, UnicodeDecodeError):
                # What isn't a code after all, or one that holds other things than writing.
                continue
            found = tuple(text[:_LONGEST_CODE] for text in texts if text)[:_MOST_CODES]
            if found:
                return found
    return ()
