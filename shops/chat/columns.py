"""The columns of tables that come in: which are known, which are required, what each may hold.

Whole tables are judged here (a wrong column spoils every row); single values are judged where their meaning is known.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum

import pyarrow as pa
from django.utils.translation import gettext as _


class Sort(Enum):
    """What the values of a column are."""

    CODE = "code"  # an id: text, or integers that are written as text
    TEXT = "text"
    INSTANT = "instant"  # with a time zone or an offset
    DATE = "date"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """One column that a table may have."""

    name: str
    sort: Sort = Sort.TEXT
    is_required: bool = False


def names_fault(names: Sequence[str], columns: Iterable[Column]) -> str | None:
    """What is wrong with the names of a table's columns and what to do about it; None where nothing is."""
    known = [column.name for column in columns]
    for name in names:
        if name not in known:
            return unknown_column(name, known)
        if names.count(name) > 1:
            return _('Column "%(name)s" is there twice. Keep one of the two.') % {"name": name}
    missing = [column.name for column in columns if column.is_required and column.name not in names]
    if missing:
        return _("Column %(missing)s is missing. Required are: %(required)s.") % {
            "missing": ", ".join(f'"{name}"' for name in missing),
            "required": ", ".join(column.name for column in columns if column.is_required),
        }
    return None


def unknown_column(name: str, known: Sequence[str]) -> str:
    """The message about a column that nobody knows, with the nearest known name."""
    near = difflib.get_close_matches(name.casefold().strip(), known, n=1, cutoff=0.6)
    if near:
        return _('Unknown column "%(name)s". Did you mean "%(near)s"? Rename it or leave it out.') % {
            "name": name[:100],
            "near": near[0],
        }
    return _('Unknown column "%(name)s". Leave it out; known are: %(known)s.') % {
        "name": name[:100],
        "known": ", ".join(known),
    }


def types_fault(schema: pa.Schema, columns: Iterable[Column]) -> str | None:
    """What is wrong with the types of a table's columns and what to do about it; None where nothing is.

    Expects that `names_fault` found nothing. Text is welcome in every column, since CSV knows nothing else.
    """
    for column in columns:
        index = schema.get_field_index(column.name)
        if index < 0:
            continue
        kind = schema.field(index).type
        if pa.types.is_dictionary(kind):
            kind = kind.value_type
        if _is_text(kind) or pa.types.is_null(kind) or _fits(kind, column.sort):
            continue
        if column.sort is Sort.INSTANT and pa.types.is_timestamp(kind):
            return _(
                'Column "%(name)s" holds naive local times (%(type)s) that name no instant. '
                "Write timestamps with a time zone, for example timestamp[ms, tz=UTC]."
            ) % {"name": column.name, "type": kind}
        return _('Column "%(name)s" holds values of type %(type)s. Write %(wanted)s.') % {
            "name": column.name,
            "type": kind,
            "wanted": _wanted(column.sort),
        }
    return None


def _is_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind))


def _fits(kind: pa.DataType, sort: Sort) -> bool:
    types = pa.types
    fits = {
        Sort.CODE: types.is_integer(kind),
        Sort.TEXT: False,
        Sort.INSTANT: types.is_timestamp(kind) and kind.tz is not None,
        Sort.DATE: types.is_date(kind),
        Sort.NUMBER: types.is_integer(kind) or types.is_floating(kind) or types.is_decimal(kind),
    }
    return bool(fits[sort])


def _wanted(sort: Sort) -> str:
    return {
        Sort.CODE: _("ids as text or as whole numbers"),
        Sort.TEXT: _("text"),
        Sort.INSTANT: _("timestamps with a time zone, or ISO 8601 text such as 2026-05-01T09:30:00Z"),
        Sort.DATE: _("dates, or text such as 2026-05-01"),
        Sort.NUMBER: _("numbers"),
    }[sort]
