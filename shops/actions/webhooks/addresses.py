"""Where webhooks may be sent: to public addresses over https, so that nobody reaches into the platform through them."""

from __future__ import annotations

import asyncio
import ipaddress
import socket
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.utils.translation import gettext as _

NAT64: Final = ipaddress.ip_network("64:ff9b::/96")
"""Addresses of IPv4 within IPv6 that Python takes for public, whatever they hold."""


class AddressRefusedError(ValueError):
    """Nothing is sent to this address; the message says why."""


def check_url(url: str) -> None:
    """Raise AddressRefusedError for what is no address of an endpoint. Looks nothing up."""
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefusedError(_("This is no address: %(why)s.") % {"why": error}) from error
    if parts.scheme != "https" and not (parts.scheme == "http" and settings.EMBEDDED):
        raise AddressRefusedError(_("Webhooks are sent over https only. Write an address that begins with https://."))
    if not host:
        raise AddressRefusedError(_("The address names no host."))
    if parts.username is not None or parts.password is not None:
        raise AddressRefusedError(_("Write the address without a user name: deliveries are signed instead."))
    if parts.fragment:
        raise AddressRefusedError(_("Write the address without the part after #."))
    try:
        literal = ipaddress.ip_address(host)
    except ValueError:
        return
    _check_address(str(literal))


async def resolve(host: str, port: int) -> list[str]:
    """The addresses of a host. Raises AddressRefusedError if any is not public, OSError where the host is unknown.

    The caller connects to one of these and looks nothing up again: a name that answers differently the second time
    gains nothing.
    """
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    for address in addresses:
        _check_address(address)
    return addresses


def is_public(address: str) -> bool:
    """True for an address of the public internet; IPv4 within IPv6 counts as what it holds."""
    parsed = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(parsed, ipaddress.IPv6Address):
        held = parsed.ipv4_mapped or parsed.sixtofour
        if held is not None:
            parsed = held
        elif parsed.teredo is not None or parsed in NAT64:
            return False
    return parsed.is_global and not parsed.is_multicast


def _check_address(address: str) -> None:
    if not settings.WEBHOOKS_TO_PRIVATE_ADDRESSES and not is_public(address):
        raise AddressRefusedError(
            _(
                "%(address)s is no public address. Nothing is sent there unless OPENLINE_WEBHOOKS_TO_PRIVATE_ADDRESSES "
                "allows it."
            )
            % {"address": address}
        )
