"""The pages of complaints, penalties and decisions; the converter `code` is registered by the shell."""

from django.urls import URLPattern, URLResolver, path

from complaints.views.complain import complain
from complaints.views.complaint import (
    add_page,
    appeal_page,
    complaint_page,
    evidence_file,
    evidence_page,
    withdraw_page,
)
from complaints.views.own_data import own_data
from complaints.views.report import report_page
from complaints.views.shop_complaints import shop_complaint, shop_complaints, shop_evidence
from complaints.views.shop_decision import shop_decision
from complaints.views.shop_penalties import shop_penalties
from complaints.views.transparency import transparency_page
from complaints.views.verify import verify_page

urlpatterns: list[URLPattern | URLResolver] = [
    path("r/<str:token>/complain/", complain, name="complain"),
    path("r/<str:token>/data/", own_data, name="own_data"),
    path("c/<str:token>/", complaint_page, name="complaint"),
    path("c/<str:token>/add/", add_page, name="complaint_add"),
    path("c/<str:token>/withdraw/", withdraw_page, name="complaint_withdraw"),
    path("c/<str:token>/appeal/", appeal_page, name="complaint_appeal"),
    path("c/<str:token>/file/", evidence_file, name="evidence_file"),
    path("c/<str:token>/evidence/<int:pk>/", evidence_page, name="complaint_evidence"),
    path("transparency/", transparency_page, name="transparency"),
    path("transparency/<int:year>/", transparency_page, name="transparency_year"),
    path("report/", report_page, name="report"),
    path("verify/", verify_page, name="verify"),
    path("verify/<str:sha256>/", verify_page, name="verify"),
    path("shops/<code:code>/complaints/", shop_complaints, name="shop_complaints"),
    path("shops/<code:code>/complaints/<str:reference>/", shop_complaint, name="shop_complaint"),
    path(
        "shops/<code:code>/complaints/<str:reference>/evidence/<int:pk>/", shop_evidence, name="shop_complaint_evidence"
    ),
    path("shops/<code:code>/penalties/", shop_penalties, name="shop_penalties"),
    path("shops/<code:code>/decisions/<str:reference>/", shop_decision, name="shop_decision"),
]
