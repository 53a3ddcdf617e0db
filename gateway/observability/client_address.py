"""The client's own address, in one spelling, behind the proxies that we trust and no other."""

import ipaddress
from collections.abc import Sequence

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def parse_networks(cidrs: Sequence[str]) -> tuple[Network, ...]:
    """Raises ValueError for what is no network."""
    return tuple(ipaddress.ip_network(cidr, strict=False) for cidr in cidrs)


def normalised(text: str) -> str:
    """One spelling of an address: IPv4-mapped IPv6 becomes IPv4, zones go, IPv6 is compressed.

    What is no address at all (a Unix socket's peer) becomes an empty string.
    """
    address = _address(text)
    return "" if address is None else str(address)


def _address(text: str) -> Address | None:
    try:
        address = ipaddress.ip_address(text.strip().partition("%")[0])
    except ValueError:
        return None
    return getattr(address, "ipv4_mapped", None) or address


def client_of(peer: str, forwarded_for: str | None, trusted: Sequence[Network]) -> str:
    """The right-most address of the chain that is not one of our proxies.

    X-Forwarded-For is read from its right end and only as far as each hop is trusted, for the left
    end is whatever the client wrote.
    """
    hops = [*(forwarded_for or "").split(","), peer] if trusted and forwarded_for else [peer]
    client = ""
    for hop in reversed(hops):
        address = _address(hop)
        if address is None:
            return client
        client = str(address)
        if not any(address.version == network.version and address in network for network in trusted):
            return client
    return client
