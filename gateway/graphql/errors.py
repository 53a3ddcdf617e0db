"""What can be wrong with a GraphQL request before any resolver runs. Codes are stable; messages are for citizens."""

from graphql import GraphQLError

from services.kernel.errors import Forbidden, Overloaded, Rejected, Unavailable


class BadRequest(Rejected):
    """Not a GraphQL request: malformed JSON, wrong types, no query."""

    code = "BAD_REQUEST"
    http_status = 400
    default_message = "请求格式不正确，请升级 APP 后重试。"


class MethodNotAllowed(Rejected):
    """GraphQL answers GET (queries only) and POST."""

    code = "METHOD_NOT_ALLOWED"
    http_status = 405
    default_message = "请求方式不正确：查询可用 GET 或 POST，办理只能用 POST。"


class UnsupportedMediaType(Rejected):
    """The body is not `application/json` in UTF-8."""

    code = "UNSUPPORTED_MEDIA_TYPE"
    http_status = 415
    default_message = "请求内容须为 UTF-8 编码的 application/json。"


class NotAcceptable(Rejected):
    """The client accepts none of the media types that GraphQL is answered in."""

    code = "NOT_ACCEPTABLE"
    http_status = 406
    default_message = "Accept 须包含 application/graphql-response+json、application/json 或 text/event-stream。"


class BodyTooLarge(Rejected):
    """The body is longer than `MAX_BODY_BYTES`; it is refused before it is read to its end."""

    code = "BODY_TOO_LARGE"
    http_status = 413
    default_message = "提交的内容过大，请减少内容后重试。"


class BatchRefused(Rejected):
    """An array body with more operations than `MAX_BATCH`, or with none."""

    code = "BATCH_TOO_LARGE"
    http_status = 400
    default_message = "一次提交的操作过多，请分批提交。"


class PersistedQueryNotFound(Rejected):
    """The hash is of no trusted document, and no text came with it."""

    code = "PERSISTED_QUERY_NOT_FOUND"
    http_status = 400
    default_message = "没有找到这个编号对应的操作，请升级 APP 后重试。"


class PersistedQueryMismatch(Rejected):
    """`sha256Hash` is not the SHA-256 of the text that came with it."""

    code = "PERSISTED_QUERY_MISMATCH"
    http_status = 400
    default_message = "操作编号与内容不一致，请升级 APP 后重试。"


class UntrustedDocument(Forbidden):
    """`TRUSTED_DOCUMENTS_ONLY` is set and this document is not checked in."""

    code = "UNTRUSTED_DOCUMENT"
    default_message = "这里只接受已登记的操作，请升级 APP 后重试。"


class DocumentRefused(Rejected):
    """A document over a limit. `limit` and `actual` are in the extensions."""

    http_status = 400

    def __init__(self, what: str, *, limit: int, actual: int) -> None:
        super().__init__(f"{what}，请拆分后再查询。", limit=limit, actual=actual)


class TooManyTokens(DocumentRefused):
    """Longer than `MAX_TOKENS` lexical tokens."""

    code = "QUERY_TOO_LONG"


class TooDeep(DocumentRefused):
    """Selections nested deeper than `MAX_DEPTH`."""

    code = "QUERY_TOO_DEEP"


class TooManyAliases(DocumentRefused):
    """More aliases than `MAX_ALIASES`, fragments unfolded."""

    code = "TOO_MANY_ALIASES"


class TooManyRootFields(DocumentRefused):
    """More root fields than `MAX_ROOT_FIELDS`."""

    code = "TOO_MANY_ROOT_FIELDS"


class TooCostly(DocumentRefused):
    """Costs more than `MAX_COST`: fields times the size of the lists they are in."""

    code = "QUERY_TOO_COSTLY"


class IntrospectionRefused(Forbidden):
    """The schema is not told here; `gateway/schema.graphql` holds it."""

    code = "INTROSPECTION_DISABLED"
    default_message = "这里不提供接口自省，请查阅随版本发布的 schema.graphql。"


class OperationTimeout(Unavailable):
    """The operation ran longer than `OPERATION_SECONDS` and was stopped."""

    code = "OPERATION_TIMEOUT"
    http_status = 504
    default_message = "办理用时过长，已经停止，请稍后再试。"


class TooManyOperations(Overloaded):
    """More operations at once on one WebSocket than it may have."""

    code = "TOO_MANY_OPERATIONS"
    default_message = "同时打开的实时页面过多，请关闭一些后再试。"


class DocumentErrors(Exception):
    """The document is no GraphQL, or does not fit the schema or its variables; nothing ran."""

    def __init__(self, errors: list[GraphQLError], code: str) -> None:
        self.errors = errors
        for error in errors:
            error.extensions = {**(error.extensions or {}), "code": code}
        super().__init__(code)
