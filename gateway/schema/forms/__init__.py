"""Forms in the graph: check what was filled in without handing it in, and what one may reuse."""

from gateway.schema.forms.mutations import FormMutations
from gateway.schema.forms.queries import FormViewer

MUTATIONS = (FormMutations,)
VIEWER = (FormViewer,)
