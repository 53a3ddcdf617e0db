"""What can go wrong with forms themselves; what is wrong in an answer is a `Problem`, no error."""

from services.kernel.errors import NotFound


class FormNotFound(NotFound):
    """The item is not applied for with a form: a query, a guide, or not in service."""

    code = "FORM_NOT_FOUND"
    default_message = "这个事项没有需要填写的申请表，请按办事指南办理。"


class FormFault(Exception):
    """A definition is wrong. Each fault is a Chinese sentence that names the key, for who edits the item's file."""

    def __init__(self, faults: list[str]) -> None:
        self.faults = faults
        super().__init__("\n".join(faults))
