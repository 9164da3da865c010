"""The desk on the Monday of the cast, an hour after Bo complained."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import time_machine
from django.test import Client

from complaints.models import Complaint
from shops.models import User
from tests.builders import at
from tests.complaints.builders import make_complaint, make_investigator


@pytest.fixture(autouse=True)
def _monday() -> Iterator[None]:
    with time_machine.travel(at("11:00"), tick=False):
        yield


@pytest.fixture
def complaint() -> Complaint:
    return make_complaint()


@pytest.fixture
def carol(client: Client) -> User:
    carol = make_investigator()
    client.force_login(carol)
    return carol
