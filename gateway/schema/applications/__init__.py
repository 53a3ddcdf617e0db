"""Applications in the graph: hand in, withdraw, list, follow."""

from gateway.schema.applications.departments import DepartmentQueries
from gateway.schema.applications.mutations import ApplicationMutations
from gateway.schema.applications.queries import ApplicationSubscriptions, ApplicationViewer
from gateway.schema.applications.types import Application

QUERIES = (DepartmentQueries,)
MUTATIONS = (ApplicationMutations,)
SUBSCRIPTIONS = (ApplicationSubscriptions,)
VIEWER = (ApplicationViewer,)
TYPES = (Application,)
