"""What differs between two versions of the rules, place by place; `views.policy_changes` says it in words."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal

from governance.policy.schema import PolicyDocument

LANGUAGES: Final = {"en", "zh-hans"}
NAMES_OF_ENTRIES: Final = (
    ("key",),
    ("measure",),
    ("rule",),
    ("first_on",),
    ("of",),
    ("at",),
    ("kind",),
    ("who", "against"),
)
"""By which of its values an entry of a list is the same one in both documents."""


@dataclass(frozen=True, slots=True)
class Change:
    """One difference. `before` is None for what is new, `after` for what was dropped."""

    key: str
    """As in `outline.list_keys`: `grades[].privileges.keyword_limit`."""
    within: tuple[Mapping[str, Any], ...]
    """The entries of lists around it, from the outside in, as they are after the change (or were, where dropped)."""
    kind: Literal["changed", "added", "removed", "reordered"]
    before: Any
    after: Any


def list_changes(before: PolicyDocument, after: PolicyDocument) -> tuple[Change, ...]:
    """Every difference, in the order of the document. Equal documents have none."""
    return tuple(_in_sections(before.to_data(), after.to_data(), "", ()))


def is_title(value: Any) -> bool:
    """True for a text in every language."""
    return isinstance(value, Mapping) and set(value) == LANGUAGES


def _in_sections(
    before: Mapping[str, Any], after: Mapping[str, Any], prefix: str, within: tuple[Mapping[str, Any], ...]
) -> Iterator[Change]:
    for name, new in after.items():
        yield from _at(before.get(name), new, f"{prefix}{name}", within)


def _at(before: Any, after: Any, key: str, within: tuple[Mapping[str, Any], ...]) -> Iterator[Change]:
    if before == after:
        return
    if _is_section(before) and _is_section(after):
        yield from _in_sections(before, after, f"{key}.", within)
    elif _is_list_of_sections(before) and _is_list_of_sections(after) and (before or after):
        yield from _in_lists(before, after, f"{key}[]", within)
    elif before is None and _is_section(after):
        yield Change(key, within, "added", None, after)
    elif _is_section(before) and after is None:
        yield Change(key, within, "removed", before, None)
    else:
        yield Change(key, within, "changed", before, after)


def _in_lists(
    before: Sequence[Mapping[str, Any]],
    after: Sequence[Mapping[str, Any]],
    key: str,
    within: tuple[Mapping[str, Any], ...],
) -> Iterator[Change]:
    old, new = _by_name(before), _by_name(after)
    for name, entry in old.items():
        if name not in new:
            yield Change(key, (*within, entry), "removed", entry, None)
    for name, entry in new.items():
        if name in old:
            yield from _in_sections(old[name], entry, f"{key}.", (*within, entry))
        else:
            yield Change(key, (*within, entry), "added", None, entry)
    kept = [name for name in old if name in new]
    if kept != [name for name in new if name in old]:
        yield Change(key, within, "reordered", list(before), list(after))


def _by_name(entries: Sequence[Mapping[str, Any]]) -> dict[tuple[Any, int], Mapping[str, Any]]:
    """The entries by their names; several of one name (two restrictions of a node) are told apart by their order."""
    named: dict[tuple[Any, int], Mapping[str, Any]] = {}
    for entry in entries:
        fields = next((fields for fields in NAMES_OF_ENTRIES if fields[0] in entry), ())
        name = tuple(entry[field] for field in fields)
        number = sum(known == name for known, _ in named)
        named[name, number] = entry
    return named


def _is_section(value: Any) -> bool:
    return isinstance(value, Mapping) and not is_title(value)


def _is_list_of_sections(value: Any) -> bool:
    return isinstance(value, list) and all(_is_section(entry) for entry in value)
