"""What can go wrong with keys."""

from services.kernel.errors import Conflict, Unavailable


class NoSigningKey(Unavailable):
    """No key may sign at this moment: the ring is empty and could not be filled."""

    code = "NO_SIGNING_KEY"


class RotationUnderWay(Conflict):
    """A next key of this purpose is already published and waits for its moment."""

    code = "ROTATION_UNDER_WAY"
    default_message = "新密钥已经发布，正等待生效，请稍后再轮换。"
