"""The Django app `governance.config`, the shell above the three apps."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConfigConfig(AppConfig):
    """Names the app for Django; its label is `config`."""

    name = "governance.config"
    label = "config"
    verbose_name = _("Openline")
