"""Every URL of the site. The names are used by templates and by other systems' links, so they stay."""

from django.contrib import admin
from django.urls import URLPattern, URLResolver, include, path, re_path, register_converter
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerView
from rest_framework.permissions import AllowAny

from governance.config.health import healthz, metrics, readyz
from governance.views.agent_data import agent_data
from governance.views.agent_record import agent_record
from governance.views.policy_page import policy_page
from governance.views.scorecard import scorecard
from shops.api.problems import unknown_route
from shops.views.codes import CodeConverter
from shops.views.home import home, shop_list
from shops.views.notices import mark_notices_read, notice_list
from shops.views.receipt import receipt_page
from shops.views.signing_in import SignIn, SignOut

register_converter(CodeConverter, "code")

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home, name="home"),
    path("login/", SignIn.as_view(), name="login"),
    path("logout/", SignOut.as_view(), name="logout"),
    path("shops/", shop_list, name="shops"),
    path("shops/<code:code>/scorecard/", scorecard, name="scorecard"),
    path("shops/<code:code>/agents/<code:agent_code>/", agent_record, name="agent_record"),
    path("shops/<code:code>/agents/<code:agent_code>/data/", agent_data, name="agent_data"),
    path("notices/", notice_list, name="notices"),
    path("notices/read/", mark_notices_read, name="read_notices"),
    path("r/<str:token>/", receipt_page, name="receipt"),
    path("policy/", policy_page, name="policy"),
    path("policy/<int:version>/", policy_page, name="policy_version"),
    path("", include("complaints.views.routes")),
    path("i18n/", include("django.conf.urls.i18n")),
    path("admin/", admin.site.urls),
    path("api/v1/", include("shops.api.routes")),
    path("api/v1/", include("governance.api.routes")),
    path("api/v1/", include("complaints.api.routes")),
    path("api/schema/", SpectacularAPIView.as_view(permission_classes=[AllowAny]), name="schema"),
    path(
        "api/docs/", SpectacularSwaggerView.as_view(permission_classes=[AllowAny], url_name="schema"), name="api_docs"
    ),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("metrics", metrics, name="metrics"),
    re_path(r"^api/", unknown_route),
]
