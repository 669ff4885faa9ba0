"""A font with Chinese characters, to draw sample pages with."""

from pathlib import Path
from typing import Final

_PLACES: Final = (
    Path(__file__).parents[1]
    / "node_modules/@expo-google-fonts/noto-sans-sc/400Regular/NotoSansSC_400Regular.ttf",
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/truetype/noto/NotoSansCJK-Regular.ttc"),
)


def chinese_font() -> Path:
    """Noto Sans SC, from the front end's packages or else from the system.

    Raises FileNotFoundError with what to do if neither is there.
    """
    for place in _PLACES:
        if place.is_file():
            return place
    raise FileNotFoundError("no Chinese font: run `npm ci`, or install the system package fonts-noto-cjk")
