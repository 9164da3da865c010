"""`manage.py publish_policy`: put a preset or a policy file in force from a day."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance.actions.publish_policy import publish_policy
from governance.policy.problems import PolicyError
from governance.policy.reading import list_presets, read_policy, read_preset_text


class Command(BaseCommand):
    """Reads, checks and publishes one policy document."""

    help = "Publish a policy: the name of a preset, or a YAML file, in force from a day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("policy", help=f"a preset ({', '.join(list_presets())}) or the path of a YAML file")
        parser.add_argument("--from", dest="starts_on", type=date.fromisoformat, required=True, metavar="YYYY-MM-DD")

    def handle(self, *_args: Any, policy: str, starts_on: date, **_options: Any) -> None:
        """Publish, or say what is wrong with the document, where, and what to do."""
        try:
            text = read_preset_text(policy) if policy in list_presets() else Path(policy).read_bytes()
            document = read_policy(text, policy)
        except OSError as error:
            raise CommandError(
                f"{policy} cannot be read: {error.strerror}. Name a file, or one of the presets: "
                f"{', '.join(list_presets())}."
            ) from error
        except PolicyError as error:
            raise CommandError(str(error)) from error
        written = text if isinstance(text, str) else text.decode()
        published = publish_policy(document, starts_on=starts_on, source_text=written)
        self.stdout.write(f"Policy v{published.version} ({published.name}) is in force from {published.starts_on}.")
