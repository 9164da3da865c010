#!/usr/bin/env python
"""Openline's command line: `python manage.py help` lists what it can do."""

import os
import sys


def main() -> None:
    """Run one management command with the settings of governance.config."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "governance.config.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415, needs the settings' name first

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
