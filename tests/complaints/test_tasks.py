"""The jobs of complaints: each calls its action, and can run twice."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from complaints.actions.hearing import withdraw_complaint
from complaints.models import Complaint
from complaints.tasks import retain, sweep
from tests.complaints.builders import make_complaint, make_redress_policy

pytestmark = pytest.mark.django_db


def test_the_sweep_takes_what_is_due_by_now() -> None:
    complaint = make_complaint(filed_at=timezone.now() - timedelta(days=100))

    sweep()
    sweep()

    assert complaint.entries.filter(kind="overdue").count() == 1


def test_the_retention_erases_what_is_old_by_now() -> None:
    make_redress_policy(evidence_kept_days=30)
    withdraw_complaint(make_complaint(), at=timezone.now() - timedelta(days=31))

    retain()
    retain()

    assert Complaint.objects.get().erased_at is not None
