"""`manage.py buyer_data`: what is kept of a buyer's complaints, exported or erased."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from complaints.actions.errors import ComplaintError
from complaints.actions.personal_data import erase_complaints, export_buyer
from shops.models import Shop


class Command(BaseCommand):
    """Exports as JSON, or erases what is personal. Texts of the chat log are erased by `erase_buyer`."""

    help = "Export or erase what is kept of a buyer's complaints. The ledger of decisions and points stays."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("what", choices=("export", "erase"))
        parser.add_argument("buyer_id")
        parser.add_argument("--shop", help="at this shop only (its code); default: at every shop")

    def handle(self, *_args: Any, what: str, buyer_id: str, **options: Any) -> None:
        """Write the JSON, or erase and say how many complaints were."""
        shop = None
        if options["shop"]:
            shop = Shop.objects.filter(code=options["shop"]).first()
            if shop is None:
                raise CommandError(f"There is no shop {options['shop']}. Leave --shop out for all shops.")
        if what == "export":
            told = export_buyer(buyer_id, shop)
            self.stdout.write(json.dumps(told, ensure_ascii=False, indent=1, default=str))
            return
        try:
            erased = erase_complaints(buyer_id, by=None, at=timezone.now(), shop=shop)
        except ComplaintError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{erased} complaints hold nothing personal any more.")
