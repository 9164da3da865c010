"""The Django app `shops`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ShopsConfig(AppConfig):
    """Names the app for Django and for the admin."""

    name = "shops"
    verbose_name = _("Shops")
