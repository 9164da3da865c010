"""The routes of the judgements' API, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from governance.api.policy import OnePolicy, Policies

urlpatterns: list[URLPattern | URLResolver] = [
    path("policy/", Policies.as_view(), name="list_policies"),
    path("policy/<int:version>/", OnePolicy.as_view(), name="read_policy"),
]
