"""What may go wrong with an inquiry, beside a department that is down."""

from services.kernel.errors import Conflict, Forbidden, Rejected


class NoInquiry(Conflict):
    """The item exists and is not one that is answered by a query."""

    code = "NO_INQUIRY"
    default_message = "这个事项不是查询事项，请到办事指南中选择办理方式。"


class OtherSubjectNeeded(Forbidden):
    """The data are of a person and one acts for a company, or the other way round. `needed` names which."""

    code = "OTHER_SUBJECT_NEEDED"
    default_message = "当前办事身份不能查询此项，请切换办事身份后再查。"


class InquiryRefused(Rejected):
    """The department understood the question and refuses to answer it; its own reason is the message."""

    code = "INQUIRY_REFUSED"
    default_message = "部门没有受理这次查询，请稍后再试或拨打12345咨询。"
