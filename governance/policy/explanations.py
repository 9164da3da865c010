"""The errors of the typed schema, said in words for the author of a policy: where, what, and what to do."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any, Final, get_args

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from governance.policy.problems import Flaw, Path, suggest

SHOWN_CHARACTERS: Final = 60
CURRENCY: Final = "Write its three capital letters of ISO 4217, such as CNY, EUR or USD."


def explain(error: ValidationError, model: type[BaseModel]) -> list[Flaw]:
    """The flaws behind a validation error of `model`, in the order of the document.

    A key that is missing because it was misspelt is told once, as the misspelling.
    """
    flaws: list[Flaw] = []
    misspelt: set[Path] = set()
    details = error.errors(include_url=False)
    missing = {detail["loc"] for detail in details if detail["type"] == "missing"}
    for detail in details:
        if detail["type"] == "extra_forbidden":
            flaw, meant = _unknown_key(detail, model, missing)
            misspelt.update(meant)
            flaws.append(flaw)
    for detail in details:
        context: Mapping[str, Any] = detail.get("ctx", {})
        if detail["type"] == "unsound_document":
            flaws.extend(context["flaws"])
        elif detail["type"] == "unsound":
            field = context["field"]
            path = (*detail["loc"], field) if field else detail["loc"]
            flaws.append(Flaw(path, context["what"], context["remedy"]))
        elif detail["type"] == "missing":
            if detail["loc"] not in misspelt:
                flaws.append(_missing(detail["loc"]))
        elif detail["type"] != "extra_forbidden" and not _is_long_enough(detail, context):
            flaws.append(_wrong_value(detail, context))
    return flaws


def _is_long_enough(detail: ErrorDetails, context: Mapping[str, Any]) -> bool:
    """True for a list called too short only because entries of it, which are told themselves, are wrong."""
    return detail["type"] == "too_short" and len(detail["input"]) >= context["min_length"]


def _unknown_key(detail: ErrorDetails, model: type[BaseModel], missing: set[Path]) -> tuple[Flaw, set[Path]]:
    """The flaw of a key that nobody knows, and the missing keys that it was meant to be."""
    path = detail["loc"]
    key, section = str(path[-1]), path[:-1]
    remedy = suggest(key, _known_keys(model, section))
    meant = {lost for lost in missing if lost[:-1] == section and remedy == f'Did you mean "{lost[-1]}"?'}
    return Flaw(path, f'The key "{key}" is not known here.', remedy), meant


def _known_keys(model: type[BaseModel], section: Path) -> list[str]:
    """The keys of the section at a path, as they are written in a document."""
    for step in section:
        if isinstance(step, str):
            fields = model.model_fields
            field = fields.get(step) or next(known for known in fields.values() if known.alias == step)
            model = _model_within(field.annotation) or model
    return [field.alias or name for name, field in model.model_fields.items()]


def _model_within(annotation: Any) -> type[BaseModel] | None:
    """The model inside an annotation such as `tuple[Model, ...]` or `Model | None`."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := _model_within(inner))), None)


def _missing(path: Path) -> Flaw:
    if isinstance(path[-1], int):
        return Flaw(path[:-1], "A pair of numbers has only one.", "Write [value, points], such as [0.9, 80].")
    return Flaw(path, f'"{path[-1]}" is missing.', "Add it; the preset `default` shows how.")


_Say = Callable[[Mapping[str, Any]], tuple[str, str]]

_WANTED: Final[Mapping[str, tuple[str, str]]] = {
    "int_type": ("a whole number", "Write digits only, without quotes or decimals, such as 30."),
    "float_type": ("a number", "Write digits without quotes, such as 0.9."),
    "finite_number": ("a finite number", "Write digits, such as 0.9."),
    "bool_type": ("a yes or no", "Write true or false, without quotes."),
    "string_type": ("a text", "Put quotes around it."),
    "tuple_type": ("a list", "Write its entries in brackets, or one a line after a dash."),
    "model_type": ("a section with keys of its own", "Indent its keys under it."),
    "model_attributes_type": ("a section with keys of its own", "Indent its keys under it."),
}

_LIMITS: Final[Mapping[str, _Say]] = {
    "greater_than": lambda limit: ("must be greater than {gt:g}".format(**limit), "Write a larger number."),
    "greater_than_equal": lambda limit: ("must be at least {ge:g}".format(**limit), "Write a larger number."),
    "less_than": lambda limit: ("must be less than {lt:g}".format(**limit), "Write a smaller number."),
    "less_than_equal": lambda limit: ("must be at most {le:g}".format(**limit), "Write a smaller number."),
    "multiple_of": lambda limit: ("must be a multiple of {multiple_of:g}".format(**limit), "Round it."),
    "literal_error": lambda limit: ("must be {expected}".format(**limit), "Write it exactly so."),
    "string_too_short": lambda _: ("must not be empty", "Write at least one character."),
    "string_too_long": lambda limit: ("must have at most {max_length} characters".format(**limit), "Shorten it."),
    "string_pattern_mismatch": lambda _: (
        "must be a short name without spaces",
        "Start with a letter; use up to 20 letters, digits, +, - and _.",
    ),
    "too_short": lambda limit: ("needs at least {min_length} entries".format(**limit), "Add what is missing."),
    "too_long": lambda limit: ("may have at most {max_length} entries".format(**limit), "Remove some."),
}


def _wrong_value(detail: ErrorDetails, context: Mapping[str, Any]) -> Flaw:
    path, kind = detail["loc"], detail["type"]
    shown = _shown(detail["input"])
    if kind == "string_pattern_mismatch" and path[-1] == "currency":
        return Flaw(path, f"This must be the code of a currency, it is {shown}.", CURRENCY)
    if kind in _WANTED:
        wanted, remedy = _WANTED[kind]
        return Flaw(path, f"This must be {wanted}, not {shown}.", remedy)
    if kind in _LIMITS:
        rule, remedy = _LIMITS[kind](context)
        return Flaw(path, f"This {rule}, it is {shown}.", remedy)
    return Flaw(path, f"{detail['msg']}: {shown}.", "Compare with the preset `default`.")


def _shown(value: Any) -> str:
    """A value as it would be written, shortened."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= SHOWN_CHARACTERS else f"{text[:SHOWN_CHARACTERS]}…"
