"""The provider's page: pick who you are. Forms post back; no script."""

from collections.abc import Mapping
from html import escape

from mocks.people import PEOPLE

_STYLE = """
body{font:16px/1.6 system-ui,"PingFang SC","Microsoft YaHei","Noto Sans CJK SC",sans-serif}
body{margin:0;background:#f3f5f8;color:#1d2733}
main{max-width:30rem;margin:0 auto;padding:1.5rem 1rem 3rem}
h1{font-size:1.3rem;margin:.2rem 0}
p{color:#52606d;margin:.3rem 0 1rem}
.note{background:#fff7e6;border:1px solid #ffd591;border-radius:8px;padding:.5rem .8rem;color:#7a4b00}
button{display:block;width:100%;text-align:left;font:inherit;background:#fff;
border:1px solid #d3dae3;border-radius:10px;padding:.7rem 1rem;margin:.6rem 0;cursor:pointer}
button:hover,button:focus-visible{border-color:#1664c0;outline:2px solid #1664c033}
b{font-size:1.1rem}small{display:block;color:#52606d}
.cancel{text-align:center;color:#8a2a2a}
"""

LEVELS = {"L1": "手机号验证", "L2": "实名认证", "L3": "人脸识别"}


def authorize_page(query: Mapping[str, str], level: str) -> str:
    """One button a demo person with a phone; children have no account of their own."""
    hidden = "".join(
        f'<input type="hidden" name="{escape(name)}" value="{escape(value)}">' for name, value in query.items()
    )
    people = "".join(
        f'<button name="login_hint" value="{escape(p.key)}">'
        f"<b>{escape(p.name)}</b><small>{escape(p.story)}</small></button>"
        for p in PEOPLE.values()
        if p.phone
    )
    return f"""<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>统一身份认证（演示）</title><style>{_STYLE}</style><main>
<h1>统一身份认证</h1><p>“爱山东·聊城分厅”请您登录，本次认证方式：<b>{LEVELS[level]}</b></p>
<p class="note">这是演示用的模拟系统：选一位演示市民即可，不需要密码，里面没有真实的个人信息。</p>
<form method="post" action="/authorize">{hidden}{people}
<button class="cancel" name="deny" value="1">取消登录</button></form></main></html>"""


def error_page(sentence: str) -> str:
    """For requests whose redirect address cannot be trusted: told here, never redirected."""
    return f"""<!doctype html><html lang="zh-CN"><meta charset="utf-8"><title>不能登录</title><style>{_STYLE}</style>
<main><h1>不能登录</h1><p>{escape(sentence)}</p></main></html>"""
