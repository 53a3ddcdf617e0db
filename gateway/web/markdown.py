"""As much Markdown as our own pages use: headings, paragraphs, lists, tables, code, links, images, emphasis.

Everything is escaped first; a link leads to a page we serve or to the web, or is no link.
"""

import posixpath
import re
from collections.abc import Callable, Iterator
from html import escape

_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])")
_ITEM = re.compile(r"^(\s*)(?:[-*]|(\d+)\.)\s+(.*)$")


def title_of(text: str, default: str) -> str:
    """The first heading, escaped."""
    match = re.search(r"^# +(.+)$", text, re.MULTILINE)
    return escape(match[1] if match else default)


def render(text: str, folder: str = "") -> str:
    """HTML of a whole page; `folder` is where it lies in the project, for its relative links."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return "\n".join(_Page(folder).blocks(text.splitlines()))


def _address(target: str, folder: str) -> str | None:
    """Where a link leads in these pages; None when it leads to what they do not show."""
    if re.match(r"^(https?://|#|/(?!/))", target):
        return target
    path, _, anchor = target.partition("#")
    path = posixpath.normpath(posixpath.join(folder, path))
    anchor = f"#{anchor}" if anchor else ""
    if path in ("README.md", "CHANGELOG.md"):
        return f"/docs/{path.removesuffix('.md').lower()}{anchor}"
    if service := re.fullmatch(r"(services/\w+)/README\.md", path):
        return f"/docs/{service[1]}{anchor}"
    if path.startswith("docs/images/") or (path.startswith("docs/") and path.endswith(".md")):
        return f"/{path.removesuffix('.md')}{anchor}"
    return "/docs" if path.startswith("docs") and "." not in path else None


class _Page:
    """One page on its way to HTML."""

    def __init__(self, folder: str) -> None:
        self._folder = folder

    def _inline(self, text: str) -> str:
        parts = re.split(r"(`[^`]+`)", text)
        return "".join(
            f"<code>{escape(p[1:-1])}</code>" if i % 2 else self._words(escape(p)) for i, p in enumerate(parts)
        )

    def _words(self, text: str) -> str:
        text = _IMAGE.sub(lambda m: f'<img src="{_address(m[2], self._folder) or ""}" alt="{m[1]}">', text)
        text = _LINK.sub(self._link, text)
        text = _STRONG.sub(r"<strong>\1</strong>", text)
        return _EMPHASIS.sub(r"<em>\1</em>", text)

    def _link(self, match: re.Match[str]) -> str:
        address = _address(match[2], self._folder)
        return match[1] if address is None else f'<a href="{address}">{match[1]}</a>'

    def blocks(self, lines: list[str]) -> Iterator[str]:
        at = 0
        while at < len(lines):
            line = lines[at]
            if line.startswith("```"):
                end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("```")), len(lines))
                yield f"<pre><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>"
                at = end + 1
            elif match := re.match(r"^(#{1,6}) +(.+)$", line):
                level = len(match[1])
                yield f"<h{level}>{self._inline(match[2])}</h{level}>"
                at += 1
            elif line.startswith("|"):
                end = _end(lines, at, lambda one: one.startswith("|"))
                yield self._table(lines[at:end])
                at = end
            elif _ITEM.match(line):
                end = _end(
                    lines, at, lambda one: bool(one.strip()) and (bool(_ITEM.match(one)) or one.startswith("  "))
                )
                yield self._list(lines[at:end])
                at = end
            elif line.strip():
                end = _end(lines, at, lambda one: bool(one.strip()) and not re.match(r"^(#{1,6} |```|\||[-*] )", one))
                end = max(end, at + 1)
                yield f"<p>{self._inline(' '.join(one.strip() for one in lines[at:end]))}</p>"
                at = end
            else:
                at += 1

    def _table(self, lines: list[str]) -> str:
        head = "".join(f"<th>{self._inline(cell)}</th>" for cell in _cells(lines[0]))
        rows = "".join(
            f"<tr>{''.join(f'<td>{self._inline(cell)}</td>' for cell in _cells(line))}</tr>" for line in lines[2:]
        )
        return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'

    def _list(self, lines: list[str]) -> str:
        items: list[str] = []
        ordered = False
        for line in lines:
            match = _ITEM.match(line)
            if match:
                ordered = ordered or match[2] is not None
                items.append(match[3])
            else:
                items[-1] += f" {line.strip()}"
        tag = "ol" if ordered else "ul"
        return f"<{tag}>{''.join(f'<li>{self._inline(item)}</li>' for item in items)}</{tag}>"


def _end(lines: list[str], start: int, belongs: Callable[[str], bool]) -> int:
    end = start
    while end < len(lines) and belongs(lines[end]):
        end += 1
    return end


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]
