"""Which formats are for keeping and which only come in. Pure. Source: metadata.md §8."""

from collections.abc import Mapping
from typing import Final

KEEPING: Final = frozenset(
    {"image/tiff", "image/jp2", "image/jpeg", "application/ofd", "text/plain", "text/csv", "audio/x-wav"}
)
ACCEPTED: Final = frozenset(
    {"application/pdf", "image/png", "image/webp", "image/heic", "image/bmp", "image/gif", "application/xml"}
)
WITH_PROGRAMS: Final = frozenset(
    {
        ".exe",
        ".com",
        ".bat",
        ".cmd",
        ".scr",
        ".msi",
        ".js",
        ".vbs",
        ".ps1",
        ".jar",
        ".lnk",
        ".docm",
        ".dotm",
        ".xlsm",
        ".xltm",
        ".xlam",
        ".pptm",
        ".ppam",
    }
)
"""Endings of programs and of office files with macros."""

ENDINGS: Final[Mapping[str, frozenset[str]]] = {
    "application/pdf": frozenset({".pdf"}),
    "image/jpeg": frozenset({".jpg", ".jpeg", ".jpe", ".jfif"}),
    "image/png": frozenset({".png"}),
    "image/tiff": frozenset({".tif", ".tiff"}),
    "image/bmp": frozenset({".bmp"}),
    "image/gif": frozenset({".gif"}),
    "image/webp": frozenset({".webp"}),
    "image/heic": frozenset({".heic", ".heif"}),
    "application/ofd": frozenset({".ofd"}),
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": frozenset({".docx"}),
}
_NAMES: Final[Mapping[str, str]] = {
    "application/pdf": "PDF",
    "image/jpeg": "JPEG",
    "image/png": "PNG",
    "image/tiff": "TIFF",
    "image/bmp": "BMP",
    "image/gif": "GIF",
    "image/webp": "WebP",
    "image/heic": "HEIC",
    "application/ofd": "OFD",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": "XLSX",
    "application/msword": "DOC",
    "application/vnd.ms-excel": "XLS",
    "image/vnd.dwg": "DWG",
    "text/plain": "TXT",
    "text/csv": "CSV",
}


def kind_of(media_type: str) -> str:
    """What people call such a file."""
    return _NAMES.get(media_type, media_type)
