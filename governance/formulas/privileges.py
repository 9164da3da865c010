"""Privileges reduced by penalties: the smallest of what anything allows, so that no order matters."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Values = Mapping[str, bool | int | float]


def reduce_privileges(base: Values, limits: Iterable[Values]) -> dict[str, Any]:
    """The base, each privilege at most what every limit that names it allows. `limits` may name any of them."""
    reduced: dict[str, Any] = dict(base)
    for limit in limits:
        for name, value in limit.items():
            reduced[name] = min(reduced[name], value)
    return reduced
