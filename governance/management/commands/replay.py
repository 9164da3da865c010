"""`manage.py replay rating ID`: recompute a past rating from what it kept, and say whether it is equal."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.actions.replay_rating import replay_rating
from governance.models import ShopRating


class Command(BaseCommand):
    """Replays one rating."""

    help = "Recompute a past rating from its stored inputs and policy version. Exits 1 if it is not equal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("kind", choices=["rating"])
        parser.add_argument("id", type=int)

    def handle(self, *_args: Any, **options: Any) -> None:
        """Print the published rating and what the replay says of it."""
        try:
            replayed = replay_rating(options["id"])
        except ShopRating.DoesNotExist as error:
            raise CommandError(
                f"There is no rating {options['id']}. manage.py export ratings lists them with their ids.", returncode=2
            ) from error
        rating = replayed.rating
        points = "no points" if rating.points is None else f"{rating.points:.2f} points"
        self.stdout.write(
            f"{rating.shop.code} on {rating.on}, policy v{rating.policy.version}: {rating.grade}, {points}"
        )
        if not replayed.is_equal:
            for name, (published, recomputed) in replayed.differences.items():
                self.stdout.write(f"  {name}: published {published}, recomputed {recomputed}")
            raise CommandError("The recomputed rating differs from the published one.", returncode=1)
        self.stdout.write("Recomputed from its inputs: equal.")
