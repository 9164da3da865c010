"""The Django app `complaints`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ComplaintsConfig(AppConfig):
    """Names the app for Django and for the admin."""

    name = "complaints"
    verbose_name = _("Complaints")
