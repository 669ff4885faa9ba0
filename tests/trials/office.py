"""The file plan through a spreadsheet program and back: what people do who change it there."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from archive_service.classification.rules import read_plan, shipped_plan, write_plan, write_sheets

PROGRAMS = ("soffice", "libreoffice")


def trial(folder: Path, say: Callable[[str], None]) -> bool:
    """Whether LibreOffice, which must be installed, opens and saves the plan so that nothing of it changes."""
    program = next((found for name in PROGRAMS if (found := shutil.which(name))), None)
    if program is None:
        say("LibreOffice is not installed here: nothing was tried")
        return False
    folder.mkdir(parents=True, exist_ok=True)
    plan = shipped_plan()
    source, out = folder / "plan.xlsx", folder / "saved"
    source.write_bytes(write_sheets(plan))
    subprocess.run(
        [
            program,
            "--headless",
            f"-env:UserInstallation={(folder / 'profile').as_uri()}",
            "--convert-to",
            "xlsx:Calc MS Excel 2007 XML",
            "--outdir",
            str(out),
            str(source),
        ],
        check=True,
        capture_output=True,
        timeout=300,
    )
    saved = read_plan((out / "plan.xlsx").read_bytes())
    as_workbook = replace(saved, number=plan.number) == plan
    as_yaml = read_plan(write_plan(saved).encode()) == saved
    say(f"workbook saved by LibreOffice: {'the same plan' if as_workbook else 'another plan'}")
    say(f"and written as YAML: {'the same plan' if as_yaml else 'another plan'}")
    return as_workbook and as_yaml
