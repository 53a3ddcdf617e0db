"""Why an application cannot go on as asked. Citizens read the messages."""

from services.kernel.errors import Conflict, Rejected


class ItemNotOpen(Rejected):
    """The item exists and cannot be applied for here: a guide only, or not in force yet."""

    code = "ITEM_NOT_OPEN"
    default_message = "这个事项暂不能在线申请，请查看办事指南中的办理方式。"


class WrongSubject(ItemNotOpen):
    """An item for persons asked by a company, or the other way round."""

    code = "WRONG_SUBJECT"
    default_message = "这个事项不面向您当前的办事身份，请切换身份后再试。"


class IllegalTransition(Conflict):
    """The state table has no such step for this actor."""

    code = "ILLEGAL_TRANSITION"
    default_message = "办件当前的状态不能这样操作，请刷新后查看最新进展。"


class CallbackReplayed(Conflict):
    """The nonce of a department's signed message came before, with another message."""

    code = "CALLBACK_REPLAYED"
    default_message = "这条通知已经收到过。"
