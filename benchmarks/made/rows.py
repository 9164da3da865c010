"""Rows for every table that the back office lists, whatever it is: values by the type of the field."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models.fields import NOT_PROVIDED

FIRST = date(2020, 1, 1)
VALUES_OF: Mapping[str, Mapping[str, Any]] = {
    "complaints.complaint": {"buyer_id": "buyer"},  # parties name a buyer
    "governance.decision": {"effective_at": datetime(2020, 1, 1, tzinfo=UTC)},  # or it would have to be held
    "governance.obligation": {"kind": "training"},  # a fine would need an amount
    "shops.run": {"state": "succeeded"},  # one of a kind is open
    "shops.standard": {"document": {}},  # the clock with its defaults
}
"""Values that a constraint of the table wants so."""
FEW = 10
"""Rows of a table that another one needs and that nobody has filled."""


def top_up(model: type[models.Model], wanted: int, like: Mapping[str, Any] | None = None) -> None:
    """Add rows to a table until it has `wanted`. `like`: values that every new row has. Needs its relations filled."""
    have = model._default_manager.count()  # noqa: SLF001 - Django's name for it
    related = {field.name: _keys_of(field) for field in _fields(model) if isinstance(field, models.ForeignKey)}
    rows = []
    for number in range(have, wanted):
        values = {field.attname: _value(field, number, related) for field in _fields(model)}
        rows.append(model(**{**values, **VALUES_OF.get(model._meta.label_lower, {}), **(like or {})}))
    model._default_manager.bulk_create(rows, batch_size=500)  # noqa: SLF001


def _fields(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def _keys_of(field: models.ForeignKey[Any, Any]) -> list[Any]:
    manager = field.related_model._default_manager  # noqa: SLF001
    if not field.null and not manager.exists():
        top_up(field.related_model, FEW)
    return list(manager.order_by("pk").values_list("pk", flat=True)[:2_000])


def _value(field: models.Field[Any, Any], number: int, related: Mapping[str, Any]) -> Any:
    if isinstance(field, models.ForeignKey):
        return None if field.null else related[field.name][number % len(related[field.name])]
    if isinstance(field, models.DateTimeField):
        return None if field.null else datetime(2020, 1, 1, tzinfo=UTC) + timedelta(days=number)
    if isinstance(field, models.DateField):
        return None if field.null else FIRST + timedelta(days=number)
    if field.choices:
        return "" if field.blank else field.choices[0][0]
    if isinstance(field, models.CharField | models.TextField):
        if field.blank and not field.unique:
            return ""
        return f"{field.name}-{number}"[: field.max_length or 100]
    if isinstance(field, models.IntegerField):
        return 1_000 + number if field.unique or field.name.endswith("version") else number % 5 + 1
    if field.default is not NOT_PROVIDED:
        return field.default() if callable(field.default) else field.default
    return None if field.null else 1
