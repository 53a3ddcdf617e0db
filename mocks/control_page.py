"""The page at `/__mock__`: shows and sets what a mock does. No script from elsewhere."""

import html
from collections.abc import Mapping, Sequence

_PAGE = """<!doctype html>
<html lang="zh-CN"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width,initial-scale=1">
<title>__TITLE__ · 模拟部门</title>
<style>
:root { color-scheme: light dark; --line: #8884; --accent: #1463c4; }
* { box-sizing: border-box }
body { font: 16px/1.6 system-ui, "Noto Sans CJK SC", sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem }
h1 { font-size: 1.5rem } h2 { font-size: 1.1rem; margin-top: 2rem }
form { display: grid; grid-template-columns: repeat(auto-fit, minmax(13rem, 1fr)); gap: .8rem; align-items: end }
label { display: grid; gap: .2rem; font-size: .9rem; min-width: 0 }
select, input, button { font: inherit; padding: .4rem .6rem; border: 1px solid var(--line);
  border-radius: .4rem; min-width: 0; max-width: 100%; height: 2.3rem }
button { background: var(--accent); color: #fff; cursor: pointer; border: 0; white-space: nowrap }
button.plain { background: #777 }
table { border-collapse: collapse; width: 100%; font-size: .9rem }
th, td { text-align: left; border-bottom: 1px solid var(--line); padding: .4rem .5rem; word-break: break-all }
p.note { opacity: .75 } .bar { display: flex; gap: .6rem; margin-top: 1rem }
</style></head><body>
<h1>__TITLE__ <small>模拟部门 · 控制台</small></h1>
<p class="note">这里是演示用的部门系统，没有真实数据。
可以让它对某个人或所有人拒绝、变慢、宕机或重复回调，看分厅如何应对。</p>
<h2>安排一种表现</h2>
<form id="script">
<label>表现<select name="kind">__KINDS__</select></label>
<label>对谁<select name="person"><option value="">所有人</option>__PEOPLE__</select></label>
<label>只对（系统或事项编号，空 = 全部）<input name="scope" placeholder="如 GJJ-YW"></label>
<label>次数（空 = 一直）<input name="times" type="number" min="1"></label>
<label>秒数<input name="seconds" type="number" min="0" step="0.1" value="1"></label>
<label>代码（拒绝用）<input name="code" placeholder="如 NO_ENROLMENT"></label>
<label>理由（拒绝用）<input name="message"></label>
<button>安排</button>
</form>
<h2>现在的安排</h2>
<table><thead><tr><th>编号</th><th>表现</th><th>对谁</th><th>只对</th><th>剩余次数</th><th>秒数</th><th>代码</th>
<th></th></tr></thead>
<tbody id="behaviours"></tbody></table>
<div class="bar"><button id="clear" class="plain">清除安排</button>
<button id="reset" class="plain">全部重置</button></div>
<h2>收到的调用</h2>
<table><thead><tr><th>操作</th><th>对象</th><th>幂等编号</th><th>追踪号</th></tr></thead>
<tbody id="log"></tbody></table>
<script>
const cell = (row, text) => { row.insertCell().textContent = text ?? "" };
const names = Object.fromEntries([...document.querySelectorAll("select option")].map(o => [o.value, o.textContent]));
async function show() {
  const behaviours = await (await fetch("/__mock__/behaviour")).json();
  const body = document.getElementById("behaviours"); body.replaceChildren();
  for (const b of behaviours) {
    const row = body.insertRow();
    [b.id, names[b.kind], names[b.person ?? ""], b.scope ?? "全部", b.times ?? "一直", b.seconds, b.code]
      .forEach(t => cell(row, t));
    const drop = document.createElement("button"); drop.textContent = "取消"; drop.className = "plain";
    drop.onclick = async () => { await fetch("/__mock__/behaviour?id=" + b.id, {method: "DELETE"}); show() };
    row.insertCell().append(drop);
  }
  const log = await (await fetch("/__mock__/log")).json();
  const lines = document.getElementById("log"); lines.replaceChildren();
  for (const l of log.slice(-50).reverse()) {
    const row = lines.insertRow();
    [l.operation, names[l.person] ?? l.person, l.idempotencyKey, l.traceId].forEach(t => cell(row, t));
  }
}
document.getElementById("script").onsubmit = async event => {
  event.preventDefault();
  const values = Object.fromEntries(new FormData(event.target));
  await fetch("/__mock__/behaviour", {method: "POST", body: JSON.stringify(values)}); show();
};
function on(id, url, method) {
  document.getElementById(id).onclick = async () => { await fetch(url, {method}); show() };
}
on("clear", "/__mock__/behaviour", "DELETE");
on("reset", "/__mock__/reset", "POST");
show(); setInterval(show, 2000);
</script></body></html>
"""


def render(title: str, kinds: Mapping[str, str], people: Sequence[tuple[str, str]]) -> str:
    """The page of the mock named `title`."""

    def options(values: Sequence[tuple[str, str]]) -> str:
        return "".join(f'<option value="{html.escape(v)}">{html.escape(text)}</option>' for v, text in values)

    page = _PAGE.replace("__KINDS__", options(list(kinds.items()))).replace("__PEOPLE__", options(people))
    return page.replace("__TITLE__", html.escape(title))
