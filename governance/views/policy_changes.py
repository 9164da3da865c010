"""What differs between two versions of the rules, a sentence per change."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from governance.policy.catalogue import MEASURES
from governance.policy.differences import Change, is_title, list_changes
from governance.policy.schema import PolicyDocument
from governance.policy.sections.gates import Need
from governance.views.gates import need_in_words
from governance.views.policy_words import in_language, key_in_words, list_in_words, texts_of, value_in_words
from governance.views.wording import measure_name
from shops.views.figures import count_in_words

LISTED = 12
"""So many added or removed words are listed; of more the rest is counted."""

OBVIOUS = {"clock", "agents", "shops", "when", "privileges", "violations", "redress"}
"""Sections that nobody needs to be told about: what stands in them has words of its own."""


def changes_in_words(before: PolicyDocument, after: PolicyDocument) -> list[str]:
    """A sentence for each difference, in the order of the document and the language of the reader."""
    return [_sentence(change) for change in list_changes(before, after)]


def _sentence(change: Change) -> str:
    what, before, after = _what(change), change.before, change.after
    if change.kind == "added":
        return _("New: %(what)s%(content)s.") % {"what": what, "content": _content(after, change)}
    if change.kind == "removed":
        return _("Dropped: %(what)s%(content)s.") % {"what": what, "content": _content(before, change)}
    if change.kind == "reordered":
        return _("%(what)s: their order changes.") % {"what": what}
    if isinstance(before, list) and isinstance(after, list) and not change.key.endswith("curve"):
        return _words_sentence(what, before, after)
    measure = _measure_around(change)
    return _pattern(before, after) % {
        "what": what,
        "before": value_in_words(change.key, before, measure),
        "after": value_in_words(change.key, after, measure),
    }


def _pattern(before: Any, after: Any) -> str:
    """The sentence of one changed value."""
    if isinstance(before, bool) and isinstance(after, bool):
        pattern = _("%(what)s: now yes.") if after else _("%(what)s: no longer.")
    elif before is None:
        pattern = _("%(what)s: now %(after)s, where nothing was set.")
    elif after is None:
        pattern = _("%(what)s: no longer set, it was %(before)s.")
    elif isinstance(before, int | float) and isinstance(after, int | float):
        rises = after > before
        pattern = (
            _("%(what)s rises from %(before)s to %(after)s.")
            if rises
            else _("%(what)s falls from %(before)s to %(after)s.")
        )
    else:
        pattern = _("%(what)s changes from “%(before)s” to “%(after)s”.")
    return pattern


def _what(change: Change) -> str:
    """What changed, with the entries around it: `Grade B (ordinary) › privileges › keyword limit`."""
    steps = change.key.split(".")
    entries = list(change.within)
    told = []
    for step in steps:
        if step.endswith("[]") and entries:
            told.append(_name_of(step.removesuffix("[]"), entries.pop(0)))
        elif step == steps[-1] or (step in {"agents", "shops"} and not change.within) or step not in OBVIOUS:
            told.append(key_in_words(step))
    text = " › ".join(told)
    return text[:1].upper() + text[1:]


def _name_of(step: str, entry: Mapping[str, Any]) -> str:
    if is_title(entry.get("title")):
        named = in_language(entry["title"])
    elif "measure" in entry:
        named = measure_name(entry["measure"])
    elif "of" in entry:
        named = value_in_words("of", entry["of"])
    elif "at" in entry:
        named = ngettext("%(count)s point", "%(count)s points", entry["at"]) % {"count": count_in_words(entry["at"])}
    elif "who" in entry:
        named = right_in_words(entry["who"], entry["against"])
    else:
        named = str(entry.get("rule", ""))
    return _("%(kind)s “%(name)s”") % {"kind": ENTRY_WORDS[step](), "name": named}


ENTRY_WORDS = {
    "peaks": lambda: _("peak"),
    "parts": lambda: _("part"),
    "items": lambda: _("measure"),
    "consequences": lambda: _("consequence"),
    "dimensions": lambda: _("dimension"),
    "grades": lambda: _("grade"),
    "gates": lambda: _("gate"),
    "needs": lambda: _("need"),
    "clauses": lambda: _("clause"),
    "gravities": lambda: _("gravity"),
    "penalties": lambda: _("penalty"),
    "ladders": lambda: _("ladder"),
    "nodes": lambda: _("node"),
    "complaints": lambda: _("complaint"),
    "appeals": lambda: _("right to appeal"),
    "not_expressed": lambda: _("rule that is not expressed"),
}


def right_in_words(who: str, against: str) -> str:
    """A right to appeal by whom and against what."""
    return _("%(who)s against: %(what)s") % {
        "who": value_in_words("who", who),
        "what": value_in_words("against", against),
    }


def _measure_around(change: Change) -> str:
    for entry in reversed(change.within):
        measure = entry.get("measure") or entry.get("of")
        if measure:
            return str(measure) if measure in MEASURES else ""
    return ""


def _content(entry: Mapping[str, Any], change: Change) -> str:
    """The values of what is new or was dropped, in brackets; what names it is left out."""
    told = list(_values(entry, _measure_around(change)))
    return _(" (%(values)s)") % {"values": _("; ").join(told)} if told else ""


def _values(entry: Mapping[str, Any], measure: str) -> Iterator[str]:
    for name, value in entry.items():
        if value is None or value == [] or name in {"title", "key", "rule", "measure", "of", "at", "who", "against"}:
            continue
        if name == "needs":
            words = _("; ").join(need_in_words(Need.model_validate(need)) for need in value)
        elif isinstance(value, Mapping) and not is_title(value):
            words = list_in_words(list(_values(value, measure)))
        elif isinstance(value, list) and isinstance(value[0], Mapping) and not is_title(value[0]):
            words = list_in_words([_name_of(name, inner) for inner in value])
        else:
            words = value_in_words(name, value, measure)
        if words:
            yield _("%(what)s: %(value)s") % {"what": key_in_words(name), "value": words}


def _words_sentence(what: str, before: list[Any], after: list[Any]) -> str:
    added = texts_of([entry for entry in after if entry not in before])
    removed = texts_of([entry for entry in before if entry not in after])
    told = []
    if added:
        told.append(_("added %(words)s") % {"words": _some(added)})
    if removed:
        told.append(_("removed %(words)s") % {"words": _some(removed)})
    if not told:
        return _("%(what)s: their order changes.") % {"what": what}
    return _("%(what)s: %(changes)s.") % {"what": what, "changes": _("; ").join(told)}


def _some(words: list[str]) -> str:
    shown = list_in_words([f"“{word}”" for word in words[:LISTED]])
    if len(words) > LISTED:
        return _("%(shown)s and %(count)s more") % {"shown": shown, "count": len(words) - LISTED}
    return shown
