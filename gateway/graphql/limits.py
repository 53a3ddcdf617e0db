"""Limits on one operation, and the shape of a document that they are checked against."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.graphql.errors import DocumentRefused, TooCostly, TooDeep, TooManyAliases, TooManyRootFields
from gateway.settings import Settings


@dataclass(frozen=True, slots=True)
class Limits:
    """The settings of the same names."""

    body_bytes: int
    body_seconds: float
    tokens: int
    depth: int
    aliases: int
    root_fields: int
    cost: int
    batch: int
    seconds: float

    @classmethod
    def of(cls, settings: Settings) -> "Limits":
        return cls(
            body_bytes=settings.max_body_bytes,
            body_seconds=settings.body_seconds,
            tokens=settings.max_tokens,
            depth=settings.max_depth,
            aliases=settings.max_aliases,
            root_fields=settings.max_root_fields,
            cost=settings.max_cost,
            batch=settings.max_batch,
            seconds=settings.operation_seconds,
        )


@dataclass(frozen=True, slots=True)
class StreamLimits:
    """Bounds of one streaming connection. Times are seconds."""

    init_seconds: float = 5.0
    """From the upgrade to `connection_init`."""
    operations: int = 20
    """Under way at once on one connection."""
    send_seconds: float = 20.0
    """How long the client may take to read one message before it is given up."""
    recheck_seconds: float = 30.0
    """How often the token and its session are checked again."""
    keep_alive_seconds: float = 12.0
    """Silence after which SSE sends a comment, for the proxies in between."""


@dataclass(frozen=True, slots=True, eq=False)
class CostNode:
    """Cost of a selection: `fixed`, plus each part's cost times the list size that a variable gives."""

    fixed: int
    parts: tuple[tuple["ListSize", "CostNode"], ...] = ()

    def cost(self, variables: Mapping[str, Any], memo: dict[int, int] | None = None) -> int:
        """The cost under these variables; fragments that are spread many times are counted once each."""
        if not self.parts:
            return self.fixed
        memo = {} if memo is None else memo
        known = memo.get(id(self))
        if known is None:
            known = self.fixed + sum(size.of(variables) * part.cost(variables, memo) for size, part in self.parts)
            memo[id(self)] = known
        return known


@dataclass(frozen=True, slots=True)
class ListSize:
    """How many items a list field may answer with: `number`, or what `variable` says."""

    number: int
    variable: str | None = None

    def of(self, variables: Mapping[str, Any]) -> int:
        if self.variable is None:
            return self.number
        given = variables.get(self.variable)
        return max(given, 0) if isinstance(given, int) else self.number


@dataclass(frozen=True, slots=True)
class Shape:
    """What one operation of a document amounts to, fragments unfolded."""

    depth: int
    aliases: int
    root_fields: tuple[str, ...]
    cost: CostNode

    def fault(self, limits: Limits) -> DocumentRefused | None:
        """The first limit that is broken whatever the variables are."""
        if self.depth > limits.depth:
            return TooDeep(f"查询嵌套 {self.depth} 层，最多 {limits.depth} 层", limit=limits.depth, actual=self.depth)
        if self.aliases > limits.aliases:
            return TooManyAliases(
                f"查询用了 {self.aliases} 个别名，最多 {limits.aliases} 个", limit=limits.aliases, actual=self.aliases
            )
        count = len(self.root_fields)
        if count > limits.root_fields:
            return TooManyRootFields(
                f"一次查询了 {count} 项，最多 {limits.root_fields} 项", limit=limits.root_fields, actual=count
            )
        return None

    def check_cost(self, variables: Mapping[str, Any], limits: Limits) -> None:
        """Raise `TooCostly` when these variables ask for more than the limit."""
        cost = self.cost.cost(variables)
        if cost > limits.cost:
            raise TooCostly(f"查询量为 {cost}，最多 {limits.cost}", limit=limits.cost, actual=cost)
