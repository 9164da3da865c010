"""The keys of a policy document, as an author may write them: read off the typed schema itself."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any, get_args

from pydantic import BaseModel

from governance.policy.schema import PolicyDocument


@cache
def list_keys() -> tuple[str, ...]:
    """Every key with the sections above it, in the order of the schema: `shops.dimensions[].weight`.

    Lists are marked with []; titles and other texts in every language are one key.
    """
    return tuple(_keys(PolicyDocument, ""))


def _keys(model: type[BaseModel], prefix: str) -> Iterator[str]:
    for name, field in model.model_fields.items():
        key = f"{prefix}{field.alias or name}"
        inner = section_within(field.annotation)
        if inner is None or inner.__name__ == "Title":
            yield key
            continue
        if _is_list(field.annotation):
            key += "[]"
        yield key
        yield from _keys(inner, f"{key}.")


def section_within(annotation: Any) -> type[BaseModel] | None:
    """The section inside an annotation such as `tuple[Section, ...]` or `Section | None`; None for a plain value."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next((found for inner in get_args(annotation) if (found := section_within(inner))), None)


def _is_list(annotation: Any) -> bool:
    return getattr(annotation, "__origin__", None) is tuple
