"""``make check``'s eye on words and locks: every text has its Chinese, no lock tells where packages come from."""

import re
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

ROOT: Final = Path(__file__).parents[2]
CATALOGUE: Final = ROOT / "archive_service/translations/zh_CN/LC_MESSAGES/messages.po"
PLACE: Final = re.compile(r"%\(\w+\)[sd]|%[sd]|\{\w+\}")
LOCKS: Final = ("requirements.lock", "requirements-dev.lock", "requirements-node.lock", "package-lock.json")
ADDRESS: Final = re.compile(r"https?://|\"resolved\"|--(?:extra-)?index-url")


def gathered() -> Catalog:
    """The texts that stand in the code and the templates now."""
    with tempfile.NamedTemporaryFile(suffix=".pot") as file:
        command = (
            "-m babel.messages.frontend -q extract -F babel.cfg -k _l -k N_ -k lazy_gettext --omit-header -o"
        )
        subprocess.run([sys.executable, *command.split(), file.name, "."], cwd=ROOT, check=True)
        return read_po(file)


def untranslated() -> Iterator[str]:
    with CATALOGUE.open("rb") as file:
        known = read_po(file, locale="zh_CN")
    for text in gathered():
        if not text.id:
            continue
        translation = known.get(text.id, context=text.context)
        name = text.id if isinstance(text.id, str) else text.id[0]
        if translation is None or not _is_filled(translation):
            yield f"no Chinese for: {name!r}"
        elif translation.fuzzy:
            yield f"fuzzy: {name!r}"
        elif wrong := _places(name) ^ _places(_all_of(translation)):
            yield f"{' '.join(sorted(wrong))} stands in one language only: {name!r}"


def _is_filled(message: Message) -> bool:
    return bool(message.string) and all(
        message.string if isinstance(message.string, tuple | list) else [message.string]
    )


def _all_of(message: Message) -> str:
    return message.string if isinstance(message.string, str) else " ".join(message.string)


def _places(text: str) -> set[str]:
    return set(PLACE.findall(text))


def addresses() -> Iterator[str]:
    for name in LOCKS:
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), 1):
            if ADDRESS.search(line) and '"funding"' not in line and '"url"' not in line:
                yield f"{name}:{number} holds an address: {line.strip()[:80]}"


def main() -> int:
    problems = [*untranslated(), *addresses()]
    for problem in problems:
        print(problem, file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
