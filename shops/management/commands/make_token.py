"""`manage.py make_token`: a service token from the command line, for a machine's first start."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils import timezone

from shops.actions.service_tokens import TokenError, make_token
from shops.models import ServiceToken, Shop


class Command(BaseCommand):
    """Makes a token and prints it. It is shown this once."""

    help = "Makes a service token with which another system calls the API, and prints it once."

    def add_arguments(self, parser: CommandParser) -> None:
        """NAME, --scope, --shop, --days."""
        parser.add_argument("name", help="the system that will hold it")
        parser.add_argument(
            "--scope", action="append", required=True, choices=ServiceToken.Scope.values, help="may be given repeatedly"
        )
        parser.add_argument("--shop", help="the shop's code, for a shop's own system: it sees this shop alone")
        parser.add_argument("--days", type=int, default=365, help="how long it works (default: 365)")

    def handle(self, *_args: Any, **options: Any) -> None:
        """Make it."""
        if not 1 <= options["days"] <= 3_650:
            raise CommandError("A token works for 1 to 3650 days. Give --days such a number.")
        if not 1 <= len(options["name"].strip()) <= 100:
            raise CommandError("A name has 1 to 100 characters. Name the system that will hold the token.")
        shop = None
        if options["shop"]:
            shop = Shop.objects.filter(code=options["shop"]).first()
            if shop is None:
                raise CommandError(f'There is no shop "{options["shop"]}". Import the shops first.')
        now = timezone.now()
        try:
            made = make_token(
                options["name"].strip(),
                options["scope"],
                now=now,
                expires_at=now + timedelta(days=options["days"]),
                shop=shop,
                by=None,
            )
        except TokenError as error:
            raise CommandError(str(error)) from error
        self.stderr.write(f"{made.token}: expires {made.token.expires_at:%Y-%m-%d}. Keep it: it is not shown again.")
        self.stdout.write(made.text)
