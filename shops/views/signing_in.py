"""The pages with which members sign in and out."""

from __future__ import annotations

from django.contrib.auth import views
from django.contrib.auth.forms import AuthenticationForm


class SignIn(views.LoginView):
    """The sign-in page; who is signed in already is sent on."""

    authentication_form = AuthenticationForm
    template_name = "shops/login.html"
    redirect_authenticated_user = True


class SignOut(views.LogoutView):
    """Ends the session, by POST."""
