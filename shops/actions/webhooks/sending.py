"""Webhooks on the wire: signed as Standard Webhooks says, with limits on time and size. Knows no tables."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from ssl import SSLContext
from typing import Final

import httpx
from standardwebhooks import Webhook

from shops.actions.webhooks.addresses import AddressRefusedError, check_url, resolve

ATTEMPT_SECONDS: Final = 15.0
"""The whole of one attempt: look-up, connection, request and the head of the answer."""
BODY_SECONDS: Final = 2.0
"""For the answer's body, which nobody reads."""
BODY_BYTES: Final = 64 * 1024
AT_ONCE: Final = 8
"""How many deliveries are on their way to one endpoint at a time."""
HEADERS: Final = {"content-type": "application/json", "user-agent": "Openline-Webhooks/1"}


@dataclass(frozen=True, slots=True)
class Parcel:
    """One delivery as it is sent; `code` names its event and is the same each time."""

    delivery_id: int
    url: str
    secrets: Sequence[str]
    code: str
    body: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one attempt: the status of the answer, or None and why there was none."""

    status: int | None
    error: str = ""

    @property
    def is_taken(self) -> bool:
        """True for an answer of 200 to 299."""
        return self.status is not None and 200 <= self.status < 300


def send_parcels(by_endpoint: Mapping[int, Sequence[Parcel]], now: datetime) -> dict[int, Outcome | None]:
    """Send parcels, endpoints beside each other; the outcome of each delivery by its id.

    Once an endpoint does not answer at all, what was not yet on its way to it is left: its outcome is None.
    """
    # In a thread of its own, since whoever calls may have a loop running in this one.
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(lambda: asyncio.run(_send_all(by_endpoint, now))).result()


def headers_of(parcel: Parcel, now: datetime) -> dict[str, str]:
    """The headers that identify, date and sign a parcel; one signature for each secret."""
    now = now.astimezone(UTC)
    return {
        **HEADERS,
        "webhook-id": parcel.code,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": " ".join(Webhook(secret).sign(parcel.code, now, parcel.body) for secret in parcel.secrets),
    }


async def _send_all(by_endpoint: Mapping[int, Sequence[Parcel]], now: datetime) -> dict[int, Outcome | None]:
    sent = await asyncio.gather(*(_send_to_endpoint(parcels, now) for parcels in by_endpoint.values()))
    return {delivery_id: outcome for outcomes in sent for delivery_id, outcome in outcomes}


async def _send_to_endpoint(parcels: Sequence[Parcel], now: datetime) -> list[tuple[int, Outcome | None]]:
    gate, is_silent = asyncio.Semaphore(AT_ONCE), False

    async def send(parcel: Parcel) -> tuple[int, Outcome | None]:
        nonlocal is_silent
        async with gate:
            if is_silent:
                return parcel.delivery_id, None
            outcome = await _send(client, parcel, now)
            is_silent = is_silent or outcome.status is None
            return parcel.delivery_id, outcome

    # A client of its own: connections are kept by address, and must not be shared by hosts that live at the same one.
    async with httpx.AsyncClient(
        verify=_certificates(),
        timeout=ATTEMPT_SECONDS,
        limits=httpx.Limits(max_connections=AT_ONCE),
        follow_redirects=False,
        trust_env=False,
    ) as client:
        return await asyncio.gather(*(send(parcel) for parcel in parcels))


async def _send(client: httpx.AsyncClient, parcel: Parcel, now: datetime) -> Outcome:
    try:
        check_url(parcel.url)
        async with asyncio.timeout(ATTEMPT_SECONDS):
            return await _post(client, parcel, now)
    except TimeoutError:
        return Outcome(None, f"No answer within {ATTEMPT_SECONDS:g} seconds.")
    except AddressRefusedError as error:
        return Outcome(None, str(error))
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError) as error:
        return Outcome(None, f"{type(error).__name__}: {error}"[:500])


async def _post(client: httpx.AsyncClient, parcel: Parcel, now: datetime) -> Outcome:
    """Post to the first address of the host that takes a connection; the certificate must be the host's."""
    url = httpx.URL(parcel.url)
    addresses = await resolve(url.host, url.port or (443 if url.scheme == "https" else 80))
    headers = {**headers_of(parcel, now), "host": url.netloc.decode("ascii")}
    for number, address in enumerate(addresses, start=1):
        request = client.build_request(
            "POST",
            url.copy_with(host=address),
            headers=headers,
            content=parcel.body.encode(),
            extensions={"sni_hostname": url.host},
        )
        try:
            response = await client.send(request, stream=True)
        except httpx.ConnectError:
            if number == len(addresses):
                raise
            continue
        try:
            await _discard(response)
        finally:
            await response.aclose()
        return Outcome(response.status_code, _complaint(response.status_code))
    raise OSError(f"{url.host} has no address.")


async def _discard(response: httpx.Response) -> None:
    """Read a little of the body, so that the connection can be used again; the answer counts without it."""
    size = 0
    with suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(BODY_SECONDS):
            async for chunk in response.aiter_raw():
                size += len(chunk)
                if size > BODY_BYTES:
                    return


def _complaint(status: int) -> str:
    if 200 <= status < 300:
        return ""
    if 300 <= status < 400:
        return f"The answer was {status}. Redirects are not followed: change the endpoint's address."
    return f"The answer was {status}."


@cache
def _certificates() -> SSLContext:
    """Read once: it takes longer than a delivery."""
    return httpx.create_ssl_context()
