"""The public page of digests: known, unknown, or no digest at all."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import timezone

from complaints.models import EvidenceFile
from tests.complaints.views.cast import complain, open_market

pytestmark = pytest.mark.django_db
DIGEST = "ab" * 32


def test_a_known_digest_is_confirmed_in_any_writing_and_an_unknown_one_is_not() -> None:
    complaint = complain(open_market())
    EvidenceFile.objects.create(complaint=complaint, sha256=DIGEST, size_bytes=3, made_at=timezone.now())

    known = Client().get(f"/verify/{DIGEST.upper()}/")
    assert (known.status_code, complaint.code in known.content.decode()) == (200, True)
    unknown = Client().get(f"/verify/{'cd' * 32}/")
    assert (unknown.status_code, "Unknown" in unknown.content.decode()) == (404, True)
    assert complaint.code not in unknown.content.decode()


def test_the_form_leads_to_the_digest_and_refuses_what_is_none() -> None:
    assert Client().get("/verify/").status_code == 200
    sent = Client().get("/verify/", {"digest": f" {DIGEST.upper()} ", "language": "zh-hans"})
    assert sent["Location"] == f"/verify/{DIGEST}/?language=zh-hans"
    for wrong in ("", "xyz", DIGEST[:-1], "a\0" * 32):
        answer = Client().get("/verify/", {"digest": wrong})
        assert answer.status_code == 422
        assert "site-errors" in answer.content.decode()
    assert Client().get("/verify/nonsense/").status_code == 404
