"""Showing a certificate and following the code, in the graph."""

from gateway.schema.verification.mutations import VerificationMutations
from gateway.schema.verification.queries import VerificationSubscriptions, VerificationViewer

MUTATIONS = (VerificationMutations,)
SUBSCRIPTIONS = (VerificationSubscriptions,)
VIEWER = (VerificationViewer,)
