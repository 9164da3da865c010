"""The check that every text exists in every language: `python -m tests.translations` (part of `make check`).

It needs no gettext to run. Where gettext is installed it also collects the texts afresh and finds missing ones.
`--compile` writes the compiled catalogues, which are committed, so that nobody needs gettext to run Openline.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import polib

ROOT = Path(__file__).resolve().parent.parent
SOURCES = ("governance", "shops", "complaints", "templates")
CATALOGUES = tuple(sorted((ROOT / "locale").glob("*/LC_MESSAGES/django.po")))


def compiled(catalogue: polib.POFile) -> dict[tuple[str | None, str], str | tuple[str, ...]]:
    """The translations that a compiled catalogue must hold, by context and text."""
    return {
        (entry.msgctxt, entry.msgid): tuple(
            text for _number, text in sorted(entry.msgstr_plural.items(), key=lambda pair: int(pair[0]))
        )
        or entry.msgstr
        for entry in catalogue.translated_entries()
    }


def find_unfinished(catalogue: polib.POFile) -> list[str]:
    """A sentence for each text that is not translated, or only guessed."""
    unfinished = [f"not translated: {entry.msgid!r}" for entry in catalogue.untranslated_entries()]
    return unfinished + [f"only guessed (fuzzy): {entry.msgid!r}" for entry in catalogue.fuzzy_entries()]


def find_stale(path: Path, catalogue: polib.POFile) -> list[str]:
    """A sentence if the compiled catalogue beside `path` does not hold what `catalogue` says."""
    binary = path.with_suffix(".mo")
    if not binary.exists():
        return [f"{binary.name} is missing. Run `python -m tests.translations --compile`."]
    stored = {
        (entry.msgctxt, entry.msgid): tuple(
            text for _number, text in sorted(entry.msgstr_plural.items(), key=lambda pair: int(pair[0]))
        )
        or entry.msgstr
        for entry in polib.mofile(str(binary))
    }
    if stored != compiled(catalogue):
        return [f"{binary.name} is older than {path.name}. Run `python -m tests.translations --compile`."]
    return []


def find_uncollected(catalogue: polib.POFile, language: str) -> list[str]:
    """A sentence for each text of the sources that the catalogue lacks, and for each that the sources lack."""
    with tempfile.TemporaryDirectory() as folder:
        for name in SOURCES:
            shutil.copytree(ROOT / name, Path(folder, name), ignore=shutil.ignore_patterns("__pycache__", "migrations"))
        Path(folder, "locale").mkdir()
        environment = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
        subprocess.run(
            [sys.executable, "-m", "django", "makemessages", "--locale", language, "--verbosity", "0"],
            cwd=folder,
            env=environment,
            check=True,
        )
        fresh = polib.pofile(str(Path(folder, "locale", language, "LC_MESSAGES", "django.po")))
    wanted = {(entry.msgctxt, entry.msgid) for entry in fresh}
    held = {(entry.msgctxt, entry.msgid) for entry in catalogue if not entry.obsolete}
    lacking = [
        f"not collected: {text!r}. Run `make translations`." for _context, text in sorted(wanted - held, key=str)
    ]
    return lacking + [
        f"used nowhere: {text!r}. Run `make translations`." for _context, text in sorted(held - wanted, key=str)
    ]


def main(arguments: list[str]) -> int:
    """Compile the catalogues, or check them and print what is wrong. Returns the exit code."""
    problems: list[str] = []
    if not CATALOGUES:
        problems.append("There is no catalogue in locale/. Run `make translations`.")
    has_gettext = shutil.which("xgettext") is not None
    for path in CATALOGUES:
        catalogue = polib.pofile(str(path))
        if "--compile" in arguments:
            catalogue.save_as_mofile(str(path.with_suffix(".mo")))
            continue
        found = find_unfinished(catalogue) + find_stale(path, catalogue)
        if has_gettext:
            found += find_uncollected(catalogue, path.parent.parent.name)
        problems += [f"{path.relative_to(ROOT)}: {problem}" for problem in found]
    for problem in problems:
        print(problem)
    if not problems and "--compile" not in arguments:
        extent = "" if has_gettext else " (without gettext: texts that nobody collected are not looked for)"
        print(f"Translations are complete{extent}.")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
