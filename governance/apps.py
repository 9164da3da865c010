"""The Django app `governance`."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class GovernanceConfig(AppConfig):
    """Names the app for Django and for the admin."""

    name = "governance"
    verbose_name = _("Governance")
