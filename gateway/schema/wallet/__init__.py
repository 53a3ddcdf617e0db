"""Certificates in the graph: what the signed-in party holds, and which types there are."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from gateway.schema.wallet.declared import WalletQueries
from gateway.schema.wallet.queries import WalletViewer
from gateway.schema.wallet.types import Certificate

if TYPE_CHECKING:
    from gateway.bootstrap import Services

QUERIES = (WalletQueries,)
VIEWER = (WalletViewer,)
TYPES = (Certificate,)


def _release(services: "Services") -> str:
    """The types come with the code: what they are changes when a worker starts anew."""
    return ""


PUBLIC: Mapping[str, Callable[["Services"], str]] = dict.fromkeys(("certificateTypes", "certificateType"), _release)
