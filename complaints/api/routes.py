"""The routes of the channel's API, below /api/v1/."""

from django.urls import URLPattern, URLResolver, path

from complaints.api.appeals import Appeals
from complaints.api.complaints import Complaints, OneComplaint
from complaints.api.evidence import EvidenceIntake
from complaints.api.shops import ShopComplaints, ShopPenalties
from complaints.api.transparency import Transparency

urlpatterns: list[URLPattern | URLResolver] = [
    path("complaints/", Complaints.as_view(), name="file_complaint"),
    path("complaints/<str:reference>/", OneComplaint.as_view(), name="read_complaint"),
    path("evidence/", EvidenceIntake.as_view(), name="add_evidence"),
    path("transparency/", Transparency.as_view(), name="read_transparency"),
    path("appeals/", Appeals.as_view(), name="file_appeal"),
    path("shops/<code:shop_id>/complaints/", ShopComplaints.as_view(), name="list_complaints"),
    path("shops/<code:shop_id>/penalties/", ShopPenalties.as_view(), name="list_penalties"),
]
