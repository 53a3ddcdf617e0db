"""Certificates in the graph: what the signed-in party holds."""

from gateway.schema.wallet.queries import WalletViewer
from gateway.schema.wallet.types import Certificate

VIEWER = (WalletViewer,)
TYPES = (Certificate,)
