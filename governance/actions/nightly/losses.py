"""Who would lose what if a day's draft were published now: what the brake looks at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from django.db.models import QuerySet

from governance.actions.grant_privileges import Grant
from governance.actions.marketplace import Roster, in_chunks
from governance.models import ShopRating
from governance.policy.schema import GradePrivileges
from shops.models import Privileges

NAMES = tuple(GradePrivileges.model_fields)


@dataclass(frozen=True, slots=True)
class Loser:
    """A shop that would lose something."""

    shop_id: str
    from_grade: str
    to_grade: str
    taken: tuple[str, ...]
    reason: str

    def to_data(self) -> list[object]:
        """The loser as JSON types: shop's code, former grade, grade, names of privileges, reason."""
        return [self.shop_id, self.from_grade, self.to_grade, list(self.taken), self.reason]


@dataclass(frozen=True, slots=True)
class Losses:
    """The losers among the shops that hold privileges."""

    holding: int
    losers: list[Loser]


def find_losses(on: date, grants: Mapping[int, Grant], roster: Roster) -> Losses:
    """The shops of a roster that `grants` (by primary key, as of `on`) would take something from. Two queries.

    The past takes nothing: a shop that was rated for a later day, or whose privileges follow from one, loses nothing.
    """
    codes = {shop.pk: code for code, shop in roster.shops.items()}
    later = ShopRating.objects.filter(on__gt=on)
    rated_later = {pk for chunk in roster.ratings(later) for pk in chunk.values_list("shop_id", flat=True).distinct()}
    holding, losers = 0, []
    for row in _held(roster):
        holding += 1
        grant = grants.get(row.shop_id)
        if grant is None or row.shop_id in rated_later or row.in_force_on > on:
            continue
        taken = tuple(name for name in NAMES if getattr(grant.privileges, name) < float(getattr(row, name)))
        if taken:
            losers.append(Loser(codes[row.shop_id], row.grade, grant.grade, taken, grant.reason))
    return Losses(holding, sorted(losers, key=lambda loser: loser.shop_id))


def _held(roster: Roster) -> Iterator[Privileges]:
    rows: QuerySet[Privileges] = Privileges.objects.order_by()
    if roster.is_whole:
        yield from rows.iterator()
    else:
        for keys in in_chunks(shop.pk for shop in roster.shops.values()):
            yield from rows.filter(shop_id__in=keys)
