"""How one operation is run: what of the execution does not depend on the request is worked out once."""

from graphql import FragmentDefinitionNode, GraphQLSchema, OperationDefinitionNode


class Plan:
    """Reusable part of the execution of one operation."""

    def __init__(
        self, schema: GraphQLSchema, node: OperationDefinitionNode, fragments: dict[str, FragmentDefinitionNode]
    ) -> None:
        self.schema = schema
        self.node = node
        self.fragments = fragments
