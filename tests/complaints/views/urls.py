"""The site with the routes of complaints, wherever the shell stands with them."""

from django.urls import URLPattern, URLResolver, include, path

from governance.config.urls import urlpatterns as shell

urlpatterns: list[URLPattern | URLResolver] = [
    path("", include("complaints.views.routes")),
    path("api/v1/", include("complaints.api.routes")),
    *shell,
]
