"""The frame that all pages share."""

from html import escape


def page(title: str, body: str, scripts: tuple[str, ...] = ()) -> str:
    """A whole page; `body` is HTML, `scripts` are paths under `/static/`."""
    tags = "".join(f'<script src="/static/{name}" defer></script>' for name in ("city.js", *scripts))
    return f"""<!doctype html>
<html lang="zh-CN">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="theme-color" content="#0b5d7a">
<title>{escape(title)} · 爱山东·聊城分厅</title>
<link rel="icon" href="/static/mark.svg" type="image/svg+xml">
<link rel="stylesheet" href="/static/style.css">
{tags}
</head>
<body>
<a class="skip" href="#main">跳到正文</a>
<header class="top"><div class="wide">
<a class="brand" href="/"><img src="/static/mark.svg" alt="" width="36" height="36">
<span><b>爱山东</b> · 聊城分厅<small>Liaocheng Sub-hall</small></span></a>
<nav aria-label="主导航"><a href="/">办事</a><a href="/verify">核验</a><a href="/docs">文档</a></nav>
</div></header>
<main id="main" class="wide">
{body}
</main>
<footer class="wide"><p>演示数据均为虚构。本系统是面向开发者的参考实现，不是政府网站。
<span lang="en">All demo data are fictitious; a reference implementation, not a government site.</span></p></footer>
</body>
</html>
"""
