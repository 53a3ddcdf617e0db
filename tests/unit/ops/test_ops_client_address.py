"""Who the client is, behind proxies we trust and no others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.observability.client_address import client_of, normalised, parse_networks

TRUSTED = parse_networks(["10.0.0.0/8", "fd00::/8"])


@pytest.mark.parametrize(
    ("written", "address"),
    [
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        (" 192.0.2.1 ", "192.0.2.1"),
        ("unix:", ""),
    ],
)
def test_an_address_has_one_spelling(written: str, address: str) -> None:
    assert normalised(written) == address


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("192.0.2.1", "203.0.113.9", "192.0.2.1"),
        ("10.0.0.1", "203.0.113.9", "203.0.113.9"),
        ("::ffff:10.0.0.1", "203.0.113.9, 10.0.0.2", "203.0.113.9"),
        ("10.0.0.1", "1.1.1.1, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "evil, 203.0.113.9", "203.0.113.9"),
        ("10.0.0.1", "203.0.113.9, evil", "10.0.0.1"),
        ("fd00::1", "2001:db8::7", "2001:db8::7"),
        ("10.0.0.1", None, "10.0.0.1"),
        ("10.0.0.1", "10.0.0.3", "10.0.0.3"),
    ],
)
def test_forwarded_addresses_count_as_far_as_each_hop_is_ours(peer: str, forwarded: str | None, client: str) -> None:
    assert client_of(peer, forwarded, TRUSTED) == client


@given(st.text(max_size=200))
def test_no_header_makes_an_untrusted_peer_somebody_else(forwarded: str) -> None:
    assert client_of("192.0.2.1", forwarded, TRUSTED) == "192.0.2.1"
