"""Sign-in, sessions, and for whom one may act."""

from gateway.schema.identity.mutations import IdentityMutations
from gateway.schema.identity.queries import IdentityViewer
from gateway.schema.identity.types import ActingSubject, SignInSession, ViewerPerson

MUTATIONS = (IdentityMutations,)
VIEWER = (IdentityViewer,)
TYPES = (ActingSubject, SignInSession, ViewerPerson)
