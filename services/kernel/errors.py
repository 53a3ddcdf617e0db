"""The one error tree of the city. `gateway.errors` alone turns it into GraphQL errors or HTTP statuses.

    CityError
    ├── Rejected            the request can never succeed as it stands
    │   ├── InvalidInput    a value is wrong; `field` names it
    │   ├── NotFound        no such thing, or not yours (the two are told apart to nobody)
    │   ├── Conflict        right request, wrong moment: state, version or key clash
    │   └── PresentationRefused, ... (domains add their own beside their rule)
    ├── Denied
    │   ├── Unauthenticated not signed in, or the token is bad, expired or revoked
    │   ├── Forbidden       signed in, not allowed
    │   └── StepUpRequired  allowed after a stronger sign-in; `required` says which
    └── Unavailable         try again later; nothing was changed
        ├── DepartmentDown  a department system does not answer; `department` names it
        ├── Overloaded      a limit of ours (rate, bulkhead, queue)
        └── StoreDown       database or fast state
A citizen may read every `message`: Chinese, one sentence on what happened and one on what to do next.
No message, and no `extensions` value, ever holds personal data, a token or a key.
"""

from typing import ClassVar


class CityError(Exception):
    """Base of all expected failures. `code` is stable and documented in `docs/errors.md`."""

    code: ClassVar[str] = "INTERNAL"
    retryable: ClassVar[bool] = False
    http_status: ClassVar[int] = 500
    default_message: ClassVar[str] = "系统开小差了，请稍后再试。"

    def __init__(self, message: str | None = None, **extensions: str | int | bool | list[str]) -> None:
        self.message = message or self.default_message
        self.extensions = extensions
        super().__init__(self.message)


class Rejected(CityError):
    """The request is understood and refused; repeating it unchanged cannot help."""

    code = "REJECTED"
    http_status = 422
    default_message = "这次请求不能办理，请核对后再试。"


class InvalidInput(Rejected):
    """A value is missing, malformed or out of range. `field` is the path of the input."""

    code = "INVALID_INPUT"
    http_status = 400
    default_message = "填写的内容有误，请检查后重新提交。"

    def __init__(self, message: str | None = None, *, field: str | None = None, **extensions: str | int | bool) -> None:
        if field is not None:
            extensions["field"] = field
        super().__init__(message, **extensions)


class NotFound(Rejected):
    """There is no such thing, or it is not the caller's: the answer is the same for both."""

    code = "NOT_FOUND"
    http_status = 404
    default_message = "没有找到您要的内容，请返回列表重新选择。"


class Conflict(Rejected):
    """The thing has moved on: another state, a newer version."""

    code = "CONFLICT"
    http_status = 409
    default_message = "内容已经变化，请刷新后再操作。"


class IdempotencyKeyReused(Conflict):
    """The same idempotency key came with different input."""

    code = "IDEMPOTENCY_KEY_REUSED"
    default_message = "这次提交使用了已经用过的编号，请重新发起一次操作。"


class Denied(CityError):
    """Not allowed for this caller."""

    code = "FORBIDDEN"
    http_status = 403
    default_message = "您没有办理此项业务的权限。"


class Unauthenticated(Denied):
    """No valid sign-in comes with the request."""

    code = "UNAUTHENTICATED"
    http_status = 401
    default_message = "请先登录，再继续办理。"


class Forbidden(Denied):
    """Signed in, but this is not the caller's to see or do."""


class StepUpRequired(Denied):
    """The caller must prove who they are more strongly first. `required` is PHONE, REAL_NAME or FACE."""

    code = "STEP_UP_REQUIRED"
    default_message = "为了您的信息安全，请先完成更高级别的身份认证。"

    def __init__(self, required: str, message: str | None = None) -> None:
        super().__init__(message, required=required)


class Unavailable(CityError):
    """Nothing was changed; the same request may succeed later."""

    code = "UNAVAILABLE"
    retryable = True
    http_status = 503
    default_message = "服务暂时不可用，请稍后再试。"


class DepartmentDown(Unavailable):
    """A department's system did not answer properly in time. `department` is its code in departments."""

    code = "DEPARTMENT_DOWN"
    default_message = "对方部门的系统暂时没有响应，请稍后再试。"

    def __init__(self, department: str, message: str | None = None) -> None:
        super().__init__(message, department=department)


class Overloaded(Unavailable):
    """A limit of ours is reached. `retryAfterSeconds` says when to come back, where it is known."""

    code = "OVERLOADED"
    http_status = 429
    default_message = "当前办理人数较多，请稍等片刻再试。"


class StoreDown(Unavailable):
    """The database or the fast state cannot be reached."""

    code = "STORE_DOWN"
