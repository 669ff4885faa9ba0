"""Is a PDF's text what its page shows? Some layers are noise: broken encodings, shuffled fonts, poor old OCR."""

import re
import unicodedata
from collections import Counter
from difflib import SequenceMatcher
from functools import lru_cache
from typing import Final

_ENOUGH: Final = 30
_REPEATED: Final = re.compile(r"([^\w\s])\1{2,}")
_HAN: Final = re.compile(r"[\u3400-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]")
_SAME: Final = 0.5


def looks_like_rubbish(text: str) -> bool:
    """Judged by the characters alone; too little text is never judged.

    Thresholds from measurements on real and on broken layers; a shuffled font passes here and needs
    ``says_the_same``.
    """
    text = _REPEATED.sub(r"\1", "".join(text.split()))
    if len(text) < _ENOUGH:
        return False
    kinds = Counter(_kind(char) for char in text)
    size = len(text)
    if kinds["odd"] > 0.05 * size or kinds["symbol"] > 0.5 * size:
        return True
    han = kinds["common han"] + kinds["rare han"]
    if han and kinds["rare han"] > 0.25 * han and kinds["kana"] < 0.05 * size and han > 0.2 * size:
        return True
    scripts = Counter({"han": han + kinds["kana"]})
    scripts.update({kind: count for kind, count in kinds.items() if kind.startswith("script ")})
    letters = scripts.total()
    return letters > 0 and letters - sum(count for _, count in scripts.most_common(2)) > 0.2 * letters


def is_chinese(text: str) -> bool:
    """Whether Chinese makes up enough of a text to be compared with a reading of the picture."""
    return len(_HAN.findall(text)) >= 8


def says_the_same(layer: list[str], read: list[str]) -> bool:
    """Whether recognised strips agree with the layer's lines at the same places."""
    if not layer:
        return True
    wanted, got = ("".join("".join(lines).split()) for lines in (layer, read))
    return SequenceMatcher(None, wanted, got, autojunk=False).ratio() >= _SAME


@lru_cache(maxsize=32768)
def _kind(char: str) -> str:
    category = unicodedata.category(char)
    if category in ("Cc", "Cn", "Co", "Cs"):
        return "odd"
    if _HAN.match(char):
        return "common han" if _is_common(char) else "rare han"
    if category[0] in "NPZ":
        return "number"
    if category[0] == "S":
        return "symbol"
    name = unicodedata.name(char, "").split(" ")[0]
    return "kana" if name in ("HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA") else f"script {name}"


def _is_common(char: str) -> bool:
    """In GB 2312's first level (3,755 characters by use) or Big5's (5,401)."""
    for encoding, last in (("gb2312", 0xD7), ("big5", 0xC6)):
        try:
            if char.encode(encoding)[0] <= last:
                return True
        except UnicodeEncodeError:
            continue
    # Forms that stand for a common character, as Kangxi radicals do, count as what they stand for.
    twin = unicodedata.normalize("NFKC", char)
    return twin != char and len(twin) == 1 and _is_common(twin)
