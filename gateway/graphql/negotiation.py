"""Which media type answers a request, and whether its body is JSON. GraphQL over HTTP, §§ 4 and 6."""

from functools import lru_cache

from gateway.graphql.errors import UnsupportedMediaType

GRAPHQL = "application/graphql-response+json"
JSON = "application/json"
EVENTS = "text/event-stream"


@lru_cache(maxsize=256)
def answer_type(accept: bytes | None) -> str | None:
    """The type we answer in: GRAPHQL, JSON or EVENTS; None when the client takes none of them.

    Without Accept it is JSON, as the specification asks for older clients. Of equally weighted
    types the first one in the list wins, ``*/*`` counts as JSON: it
    comes from clients that have never heard of GRAPHQL.
    """
    if not accept:
        return JSON
    best: tuple[float, int, str] | None = None
    for position, part in enumerate(accept.decode("latin-1").split(",")):
        name, *parameters = (p.strip().lower() for p in part.split(";"))
        chosen = {GRAPHQL: GRAPHQL, JSON: JSON, EVENTS: EVENTS, "*/*": JSON, "application/*": GRAPHQL}.get(name)
        quality = _quality(parameters)
        charset = next((p[8:].strip('"') for p in parameters if p.startswith("charset=")), "utf-8")
        if chosen is None or quality == 0 or charset not in {"utf-8", "utf8"}:
            continue
        if best is None or (quality, -position) > best[:2]:
            best = (quality, -position, chosen)
    return best[2] if best else None


def _quality(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


@lru_cache(maxsize=256)
def require_json(content_type: bytes | None) -> None:
    """Raise `UnsupportedMediaType` unless the body is `application/json` in UTF-8."""
    name, *parameters = (p.strip().lower() for p in (content_type or b"").decode("latin-1").split(";"))
    if name != JSON:
        raise UnsupportedMediaType()
    for parameter in parameters:
        if parameter.startswith("charset=") and parameter[8:].strip('"') not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType()
