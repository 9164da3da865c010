"""Webhooks reach public addresses over https, and nothing that only the platform can reach."""

from __future__ import annotations

import asyncio
import socket
from concurrent.futures import ThreadPoolExecutor

import pytest

from shops.actions.webhooks import sending
from shops.actions.webhooks.addresses import AddressRefusedError, check_url, is_public, resolve
from shops.actions.webhooks.endpoints import EndpointError
from shops.actions.webhooks.sweep import deliver_webhooks
from shops.models import Delivery, WebhookEndpoint
from tests.shops.actions.webhooks.receiving import endpoint_at, happen, make_shops


@pytest.fixture
def strict(settings):
    settings.EMBEDDED = settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("93.184.216.34", True),
        ("2606:4700::1111", True),
        ("127.0.0.1", False),
        ("10.1.2.3", False),
        ("172.16.0.1", False),
        ("192.168.1.1", False),
        ("169.254.169.254", False),
        ("100.64.0.1", False),
        ("0.0.0.0", False),
        ("224.0.0.1", False),
        ("255.255.255.255", False),
        ("::1", False),
        ("fe80::1%eth0", False),
        ("fd00::1", False),
        ("::ffff:127.0.0.1", False),
        ("::ffff:93.184.216.34", True),
        ("64:ff9b::7f00:1", False),
        ("2002:7f00:1::", False),
    ],
)
def test_which_addresses_are_public(address, expected) -> None:
    assert is_public(address) is expected


@pytest.mark.parametrize(
    "url",
    [
        "http://hooks.example.com/",
        "ftp://hooks.example.com/",
        "https://",
        "https://someone:secret@hooks.example.com/",
        "https://hooks.example.com/#part",
        "https://hooks.example.com:99999/",
        "https://127.0.0.1/",
        "https://[::1]/",
        "https://[::ffff:10.0.0.1]/",
        "https://[oops/",
        "javascript:alert(1)",
        "",
    ],
)
def test_what_is_no_address_of_an_endpoint_is_refused_with_a_reason(strict, url) -> None:
    with pytest.raises(AddressRefusedError) as refused:
        check_url(url)
    assert len(str(refused.value)) > 10


def test_https_to_a_name_and_in_the_embedded_mode_http_are_taken(strict, settings) -> None:
    check_url("https://hooks.example.com:8443/path?query=1")
    settings.EMBEDDED = True
    check_url("http://hooks.example.com/")


@pytest.mark.django_db
def test_an_endpoint_at_a_private_address_cannot_be_made(strict) -> None:
    with pytest.raises(EndpointError, match="no public address"):
        endpoint_at("https://169.254.169.254/latest/")
    assert not WebhookEndpoint.objects.exists()


def test_a_name_with_one_private_address_among_public_ones_is_refused(strict, monkeypatch) -> None:
    async def lookup(_loop, _host, port, **_options):
        return [(0, 0, 0, "", (address, port)) for address in ("93.184.216.34", "127.0.0.1")]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", lookup)
    # In a thread of its own: tests with a browser leave a loop running in this one.
    with ThreadPoolExecutor(1) as thread, pytest.raises(AddressRefusedError, match=r"127\.0\.0\.1"):
        thread.submit(lambda: asyncio.run(resolve("hooks.example.com", 443))).result()


@pytest.mark.django_db
def test_nothing_is_sent_where_a_name_has_come_to_mean_a_private_address(hooks, settings) -> None:
    (tea,) = make_shops("tea")
    port = hooks.url.rsplit(":", 1)[1]
    endpoint_at(f"http://localhost:{port}")
    settings.WEBHOOKS_TO_PRIVATE_ADDRESSES = False
    happen(tea, 1)

    deliver_webhooks()

    assert hooks.requests == []
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.attempts) == ("waiting", 1)
    assert "no public address" in delivery.last_error


@pytest.mark.django_db
def test_the_name_is_looked_up_once_and_what_was_checked_is_what_is_connected_to(hooks, monkeypatch) -> None:
    """A second look-up could answer otherwise; the receiver still sees its own name."""
    (tea,) = make_shops("tea")
    port = hooks.url.rsplit(":", 1)[1].split("/")[0]
    endpoint_at(f"http://hooks.example.com:{port}/in")
    happen(tea, 1)
    looked_up = []

    async def once(host, _port):
        looked_up.append(host)
        return ["127.0.0.1"]

    monkeypatch.setattr(sending, "resolve", once)
    monkeypatch.setattr(socket, "gethostbyname", lambda _host: pytest.fail("looked up again"))

    assert deliver_webhooks().delivered == 1
    assert looked_up == ["hooks.example.com"]
    assert hooks.requests[0].headers["host"] == f"hooks.example.com:{port}"
