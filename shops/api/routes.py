"""The routes of the facts' API, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from shops.api.chat import ChatMessages
from shops.api.facts import Cases, FeedbackIntake, Outages, Totals
from shops.api.links import Links, OneLink
from shops.api.notices import ShopNotices
from shops.api.privileges import PrivilegesChanges, ShopPrivileges
from shops.api.receipts import Receipts

urlpatterns: list[URLPattern | URLResolver] = [
    path("chat/messages/", ChatMessages.as_view(), name="send_chat_messages"),
    path("chat/totals/", Totals.as_view(), name="send_control_totals"),
    path("cases/", Cases.as_view(), name="send_cases"),
    path("outages/", Outages.as_view(), name="send_outages"),
    path("feedback/", FeedbackIntake.as_view(), name="send_feedback"),
    path("links/", Links.as_view(), name="make_link"),
    path("links/<str:code>/", OneLink.as_view(), name="revoke_link"),
    path("privileges/changes/", PrivilegesChanges.as_view(), name="read_privileges_changes"),
    path("shops/<code:shop_id>/privileges/", ShopPrivileges.as_view(), name="read_privileges"),
    path("shops/<code:shop_id>/notices/", ShopNotices.as_view(), name="list_notices"),
    path("receipts/<str:token>/", Receipts.as_view(), name="read_receipt"),
]
