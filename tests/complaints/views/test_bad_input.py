"""Whatever is sent, every page answers with a refusal and never with a fault."""

from __future__ import annotations

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from complaints.models import Complaint
from tests.complaints.views.cast import address, asked, complain, link_token, member, open_market, staff

pytestmark = pytest.mark.django_db
HUGE = 10**30


@pytest.fixture
def shop():
    return open_market()


def test_numbers_beyond_every_table_are_not_found(shop) -> None:
    complaint = asked(complain(shop), staff("sam", "complaints.work_complaint"))
    olga = member(shop)

    assert Client().get(address(complaint, f"evidence/{HUGE}/")).status_code == 404
    assert olga.get(f"/shops/tea-house/complaints/{complaint.code}/evidence/{HUGE}/").status_code == 404
    assert olga.get(f"/shops/tea-house/complaints/?before={HUGE}").status_code == 200
    assert olga.get("/shops/tea-house/complaints/?before=%00x").status_code == 200
    for path in ("complaints/C%00/", "decisions/D%00/", "complaints/C-none/"):
        assert olga.get(f"/shops/tea-house/{path}").status_code == 404
    for path in ("complaints/", "penalties/"):
        assert olga.get(f"/shops/tea%00/{path}").status_code == 404


def test_bodies_that_are_none_are_refused(shop) -> None:
    complaint = complain(shop)
    pages = [f"/r/{link_token(shop)}/complain/", "/report/", address(complaint, "add/"), address(complaint, "appeal/")]
    for path in pages:
        for content_type in ("multipart/form-data", "multipart/form-data; boundary=x", "application/json", "text/x"):
            answer = Client().generic("POST", path, b"\xff\x00{", content_type)
            assert answer.status_code in {400, 404, 422}, (path, content_type)
    many = "&".join(f"f{number}=1" for number in range(1_100)).encode()
    answer = Client().generic("POST", "/report/", many, "application/x-www-form-urlencoded")
    assert answer.status_code == 400


def test_methods_that_are_none_are_refused(shop) -> None:
    complaint = complain(shop)
    for path in (address(complaint), address(complaint, "add/"), "/report/", "/verify/"):
        assert Client().put(path).status_code == 405
    assert Client().get(address(complaint, "file/")).status_code == 405
    assert Client().post("/verify/").status_code == 405


@hypothesis_settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    fields=st.dictionaries(
        st.sampled_from(["shop", "kind", "text", "happened_on", "name", "email", "website"]), st.text(max_size=40)
    )
)
def test_no_text_in_the_reports_form_is_a_fault(shop, fields) -> None:
    assert Client().post("/report/", fields).status_code in {200, 302, 400, 422, 429}
    assert not Complaint.objects.exclude(standing="third_party").exists()
