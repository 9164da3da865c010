"""The routes of the facts' API, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from shops.api.chat import ChatMessages
from shops.api.facts import Cases, FeedbackIntake, Outages, Totals

urlpatterns: list[URLPattern | URLResolver] = [
    path("chat/messages/", ChatMessages.as_view(), name="send_chat_messages"),
    path("chat/totals/", Totals.as_view(), name="send_control_totals"),
    path("cases/", Cases.as_view(), name="send_cases"),
    path("outages/", Outages.as_view(), name="send_outages"),
    path("feedback/", FeedbackIntake.as_view(), name="send_feedback"),
]
