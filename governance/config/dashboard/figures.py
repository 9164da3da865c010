"""What the sections of the dashboard are put together from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Model
from django.urls import reverse


@dataclass(frozen=True, slots=True)
class Figure:
    """One figure with where it leads."""

    name: str
    figure: str
    note: str
    url: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Alert:
    """Something that waits for a person, and where to see to it. The tone is `worst` or `middle`."""

    text: str
    url: str
    tone: str = "middle"


def list_url(model: type[Model], **filters: Any) -> str:
    """The admin's list of a table's rows, those that match the filters."""
    meta = model._meta
    address = reverse(f"admin:{meta.app_label}_{meta.model_name}_changelist")
    return f"{address}?{urlencode(filters)}" if filters else address


def page_url(row: Model) -> str:
    """The admin's page of a row."""
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])
