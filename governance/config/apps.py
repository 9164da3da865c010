"""The Django app `governance.config`, the shell above the three apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Names the app for Django; its label is `config`."""

    name = "governance.config"
    label = "config"
    verbose_name = _("Openline")

    def ready(self) -> None:
        """Let workers be heard (Celery's signals, once models can be imported)."""
        from governance.config.worker_news import listen_to_workers  # noqa: PLC0415 - models must be loaded first

        listen_to_workers()
