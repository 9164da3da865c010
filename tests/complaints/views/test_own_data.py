"""A buyer takes along what is kept of the own complaints; staff export and erase it by command."""

from __future__ import annotations

import json
from io import StringIO

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from complaints.models import Complaint
from tests.complaints.views.cast import WORDS, link_token, open_market

pytestmark = pytest.mark.django_db


@pytest.fixture
def token() -> str:
    shop = open_market()
    token = link_token(shop)
    answer = Client().post(
        f"/r/{token}/complain/", {"kind": "no_answer", "text": WORDS, "wish": "answer", "standing": "party"}
    )
    assert answer.status_code == 302
    return token


def test_the_holder_of_the_link_downloads_the_own_complaints(token: str) -> None:
    answer = Client().get(f"/r/{token}/data/")

    assert answer.status_code == 200
    assert answer["X-Content-Type-Options"] == "nosniff"
    assert WORDS in json.dumps(json.loads(answer.content), ensure_ascii=False)


def test_another_link_opens_nothing(token: str) -> None:
    assert Client().get(f"/r/{token[:-1]}x/data/").status_code == 404


def test_the_command_exports_and_refuses_to_erase_what_is_not_over(token: str) -> None:
    complaint = Complaint.objects.get()
    out = StringIO()

    call_command("buyer_data", "export", complaint.buyer_id, stdout=out)

    assert complaint.code in out.getvalue()
    with pytest.raises(CommandError):
        call_command("buyer_data", "erase", complaint.buyer_id)
    with pytest.raises(CommandError, match="no shop"):
        call_command("buyer_data", "export", complaint.buyer_id, "--shop", "nowhere")
