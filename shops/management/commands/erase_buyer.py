"""`manage.py erase_buyer`: has a buyer's texts erased, at once where no worker is to do it."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.utils import timezone

from shops.actions.erase_buyer import ask_erasure, erase_in_shard, finish_erasure
from shops.chat.log import LogError, open_log
from shops.models import Shop


class Command(BaseCommand):
    """Asks for an erasure; with --now it is done before the command ends."""

    help = "Erase the texts of one buyer's conversations. Timings stay, no figure changes."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("buyer_id")
        parser.add_argument("--shop", help="at this shop only (its code); default: at every shop")
        parser.add_argument("--reason", required=True, help="who asked for it and why; kept")
        parser.add_argument("--now", action="store_true", help="do it now instead of leaving it to the jobs")

    def handle(self, *_args: Any, buyer_id: str, **options: Any) -> None:
        """Ask, and do it where that is wanted."""
        shop = None
        if options["shop"]:
            shop = Shop.objects.filter(code=options["shop"]).first()
            if shop is None:
                raise CommandError(f"There is no shop {options['shop']}. Leave --shop out for all shops.")
        erasure = ask_erasure(buyer_id, reason=options["reason"], by=None, shop=shop)
        self.stdout.write(f"Erasure {erasure.pk} is noted; messages that come in again are stored without text.")
        if not options["now"]:
            return
        try:
            erased = sum(erase_in_shard(erasure, shard) for shard in range(open_log().shards))
            is_done = finish_erasure(erasure, now=timezone.now())
        except LogError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{erased} messages have no text any more.")
        if not is_done:
            self.stdout.write(
                "The files that held them are read by nobody; they go when readers are sure to be done: run the same "
                "command again after OPENLINE_CHAT_LOG_GRACE_SECONDS, or leave it to the jobs."
            )
