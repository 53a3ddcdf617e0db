"""What a department's answer can mean besides success: it refused, or it is down (`DepartmentDown`)."""

from services.kernel.errors import Rejected


class DepartmentRefused(Rejected):
    """The department understood and refused. Adapters turn `reason` into an error of their domain.

    `reason` is the department's own code; `detail` its own sentence, which may hold personal data:
    never log it, show it only to the applicant.
    """

    code = "DEPARTMENT_REFUSED"
    default_message = "对方部门没有受理这次请求，请核对后再试。"

    def __init__(self, department: str, reason: str, detail: str = "", status: int = 0) -> None:
        self.department = department
        self.reason = reason
        self.detail = detail
        self.status = status
        super().__init__(None, department=department, reason=reason)
