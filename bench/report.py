"""One line of what was measured: the figure, the target, and what was compared with what."""

from typing import NamedTuple


class Line(NamedTuple):
    """`ok` is None where there is no target."""

    name: str
    figure: str
    target: str
    ok: bool | None
    meaning: str = ""

    def __str__(self) -> str:
        verdict = {None: "", True: "ok", False: "MISSED"}[self.ok]
        return f"{self.name:<26} {self.figure:>13}  {self.target:<9} {verdict:<7} {self.meaning}".rstrip()
