"""Reading a policy that somebody wrote, and the presets that come with Openline."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Final

from pydantic import ValidationError

from governance.policy.explanations import explain
from governance.policy.problems import PolicyError, Problem, suggest
from governance.policy.schema import PolicyDocument
from governance.policy.yaml_source import read_yaml

PRESETS: Final = FilePath(__file__).parent / "presets"


def read_policy(content: str | bytes, source: str = "policy") -> PolicyDocument:
    """The policy in a YAML or JSON text. Raises PolicyError with every problem found.

    `source` is how the error names the text. Types are checked first; what they cannot say (weights, curves,
    the ladder) once they are right.
    """
    text = read_yaml(content)
    if text.problems:
        raise PolicyError(source, text.problems)
    try:
        return PolicyDocument.model_validate(text.data)
    except ValidationError as error:
        problems = [Problem(flaw.path, text.line_of(flaw.path), *flaw[1:]) for flaw in explain(error, PolicyDocument)]
        raise PolicyError(source, sorted(problems, key=lambda problem: problem.line or 0)) from error


def list_presets() -> tuple[str, ...]:
    """The names of the presets, sorted."""
    return tuple(sorted(path.stem for path in PRESETS.glob("*.yaml")))


def read_preset_text(name: str) -> str:
    """A preset as it was written, comments included. Raises PolicyError for a name that is no preset's."""
    names = list_presets()
    if name not in names:
        raise PolicyError(name, [Problem((), None, f'There is no preset "{name}".', suggest(name, names))])
    return (PRESETS / f"{name}.yaml").read_text(encoding="utf-8")


def load_preset(name: str) -> PolicyDocument:
    """A preset, typed. Raises PolicyError for a name that is no preset's."""
    return read_policy(read_preset_text(name), f"{name}.yaml")
