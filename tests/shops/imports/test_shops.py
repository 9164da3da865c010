"""Hours that are shorter than policy allows are refused, in files and in forms."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.core.management.base import CommandError

from shops.models import ServiceHours, Shop

pytestmark = pytest.mark.django_db

# The default policy asks for 56 hours a week: 7 x 8.
ENOUGH = "mon-sun 09:00-17:00"
TOO_FEW = "mon-sat 09:00-17:00; sun 09:00-16:59"


@pytest.fixture(autouse=True)
def _policy() -> None:
    call_command("publish_policy", "default", starts_on=date(2026, 1, 1))


def test_a_file_may_not_promise_fewer_hours_than_policy_asks_for(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "shops.csv"
    path.write_text(f"shop_id,name,hours\ns1,One,{ENOUGH}\ns2,Two,{TOO_FEW}\n")

    with pytest.raises(CommandError, match="1 record was rejected"):
        call_command("import", "shops", str(path))

    assert list(Shop.objects.values_list("code", flat=True)) == ["s1"]
    # 6 x 8 h + 7 h 59 min = 55.9833 h
    assert "hours: These hours come to 55.9833 a week; the policy asks for 56 at least." in capsys.readouterr().out


def test_a_form_may_not_either() -> None:
    shop = Shop.objects.create(code="s1", name="One")

    ServiceHours(shop=shop, starts_on=date(2026, 1, 1), weekly=ENOUGH).full_clean()
    with pytest.raises(ValidationError, match="56 at least"):
        ServiceHours(shop=shop, starts_on=date(2026, 1, 1), weekly=TOO_FEW).full_clean()
    # No policy was in force the day before.
    ServiceHours(shop=shop, starts_on=date(2025, 12, 31), weekly=TOO_FEW).full_clean()
