"""What is wrong in what a citizen filled in: told as data, all at once, beside the fields."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing wrong. `path` is dotted, from the top of what was sent: ``form.child.idNumber``; "" is all of it.

    `code` is stable; `message` is a Chinese sentence that the citizen can act on.
    """

    path: str
    code: str
    message: str
