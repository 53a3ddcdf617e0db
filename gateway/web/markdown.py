"""As much Markdown as our own pages use: headings, paragraphs, lists, tables, code, links, images, emphasis.

Everything is escaped first; links keep only relative, http and https targets.
"""

import re
from collections.abc import Callable, Iterator
from html import escape

_IMAGE = re.compile(r"!\[([^\]]*)\]\(([^)\s]+)\)")
_LINK = re.compile(r"\[([^\]]+)\]\(([^)\s]+)\)")
_STRONG = re.compile(r"\*\*(.+?)\*\*")
_EMPHASIS = re.compile(r"(?<![\w*])\*([^*\s][^*]*)\*(?![\w*])")
_ITEM = re.compile(r"^(\s*)(?:[-*]|(\d+)\.)\s+(.*)$")
_SAFE = re.compile(r"^(https?://|[\w./#-]+$)")


def title_of(text: str, default: str) -> str:
    """The first heading, escaped."""
    match = re.search(r"^# +(.+)$", text, re.MULTILINE)
    return escape(match[1] if match else default)


def render(text: str) -> str:
    """HTML of a whole page."""
    text = re.sub(r"<!--.*?-->", "", text, flags=re.DOTALL)
    return "\n".join(_blocks(text.splitlines()))


def _inline(text: str) -> str:
    parts = re.split(r"(`[^`]+`)", text)
    return "".join(f"<code>{escape(p[1:-1])}</code>" if i % 2 else _words(escape(p)) for i, p in enumerate(parts))


def _words(text: str) -> str:
    text = _IMAGE.sub(lambda m: f'<img src="{_target(m[2], image=True)}" alt="{m[1]}">', text)
    text = _LINK.sub(lambda m: f'<a href="{_target(m[2])}">{m[1]}</a>', text)
    text = _STRONG.sub(r"<strong>\1</strong>", text)
    return _EMPHASIS.sub(r"<em>\1</em>", text)


def _target(target: str, image: bool = False) -> str:
    if not _SAFE.match(target):
        return "#"
    if target.startswith(("http://", "https://", "#", "/")):
        return target
    path = target.removeprefix("./").removeprefix("docs/")
    if image:
        return f"/docs/{path.removeprefix('../')}"
    service = re.fullmatch(r"(?:\.\./)*(services/\w+)/README\.md", path)
    return f"/docs/{service[1] if service else path.removesuffix('.md').lower() if path == 'README.md' else path}"


def _blocks(lines: list[str]) -> Iterator[str]:
    at = 0
    while at < len(lines):
        line = lines[at]
        if line.startswith("```"):
            end = next((i for i in range(at + 1, len(lines)) if lines[i].startswith("```")), len(lines))
            yield f"<pre><code>{escape(chr(10).join(lines[at + 1 : end]))}</code></pre>"
            at = end + 1
        elif match := re.match(r"^(#{1,6}) +(.+)$", line):
            level = len(match[1])
            yield f"<h{level}>{_inline(match[2])}</h{level}>"
            at += 1
        elif line.startswith("|"):
            end = _end(lines, at, lambda one: one.startswith("|"))
            yield _table(lines[at:end])
            at = end
        elif _ITEM.match(line):
            end = _end(lines, at, lambda one: bool(one.strip()) and (bool(_ITEM.match(one)) or one.startswith("  ")))
            yield _list(lines[at:end])
            at = end
        elif line.strip():
            end = _end(lines, at, lambda one: bool(one.strip()) and not re.match(r"^(#{1,6} |```|\||[-*] )", one))
            end = max(end, at + 1)
            yield f"<p>{_inline(' '.join(one.strip() for one in lines[at:end]))}</p>"
            at = end
        else:
            at += 1


def _end(lines: list[str], start: int, belongs: Callable[[str], bool]) -> int:
    end = start
    while end < len(lines) and belongs(lines[end]):
        end += 1
    return end


def _cells(line: str) -> list[str]:
    return [cell.strip().replace("\\|", "|") for cell in re.split(r"(?<!\\)\|", line.strip().strip("|"))]


def _table(lines: list[str]) -> str:
    head = "".join(f"<th>{_inline(cell)}</th>" for cell in _cells(lines[0]))
    rows = "".join(f"<tr>{''.join(f'<td>{_inline(cell)}</td>' for cell in _cells(line))}</tr>" for line in lines[2:])
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _list(lines: list[str]) -> str:
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
    return f"<{tag}>{''.join(f'<li>{_inline(item)}</li>' for item in items)}</{tag}>"
