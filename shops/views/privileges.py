"""Privileges in words."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from django.core.exceptions import FieldDoesNotExist
from django.utils.formats import number_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from shops.models import Privileges


@dataclass(frozen=True, slots=True)
class PrivilegeInWords:
    """One privilege as a sentence; `is_granted` is False where the shop may not do it at all."""

    name: str
    sentence: str
    is_granted: bool


def privilege_names(columns: Iterable[str]) -> str:
    """The names of privilege columns as people read them, separated by commas."""
    return _(", ").join(_name(column) for column in columns)


def _name(column: str) -> str:
    try:
        field = Privileges._meta.get_field(column)
    except FieldDoesNotExist:
        return column
    return str(getattr(field, "verbose_name", column))


def privileges_in_words(privileges: Privileges | None) -> list[PrivilegeInWords]:
    """What a shop may do now, a sentence each; empty before the shop was ever rated."""
    if privileges is None:
        return []
    weight = number_format(privileges.search_weight, 2)
    sentences = (
        (
            "keyword_limit",
            ngettext(
                "May stop messages by up to %(count)s keyword rule",
                "May stop messages by up to %(count)s keyword rules",
                privileges.keyword_limit,
            )
            % {"count": privileges.keyword_limit}
            if privileges.keyword_limit
            else _("May not stop messages by keyword"),
            privileges.keyword_limit > 0,
        ),
        (
            "blocked_buyer_limit",
            ngettext(
                "May block up to %(count)s buyer",
                "May block up to %(count)s buyers",
                privileges.blocked_buyer_limit,
            )
            % {"count": privileges.blocked_buyer_limit}
            if privileges.blocked_buyer_limit
            else _("May not block buyers"),
            privileges.blocked_buyer_limit > 0,
        ),
        (
            "may_join_campaigns",
            _("May join campaigns") if privileges.may_join_campaigns else _("May not join campaigns"),
            privileges.may_join_campaigns,
        ),
        (
            "search_weight",
            _("Appears in search with weight %(weight)s") % {"weight": weight},
            privileges.search_weight >= 1,
        ),
        (
            "may_list",
            _("May list goods") if privileges.may_list else _("May not list goods"),
            privileges.may_list,
        ),
    )
    return [PrivilegeInWords(capfirst(_name(column)), sentence, granted) for column, sentence, granted in sentences]
