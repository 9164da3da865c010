"""Who signs in: platform staff and members of shops."""

from django.contrib.auth.models import AbstractUser
from django.utils.translation import gettext_lazy as _


class User(AbstractUser):
    """A person with an account. Staff work in the admin; everybody else sees what their memberships allow."""

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
