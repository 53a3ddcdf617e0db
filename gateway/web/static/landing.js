// Search as one types, a guide in a dialog, and the first journey of a signed-in demo citizen.
"use strict";
const {make} = city;
const $ = (id) => document.getElementById(id);
const DEPTH = {GUIDE: "查指南", QUERY: "可查询", APPLY_ONLINE: "网上申请", FULLY_ONLINE: "全程网办"};
const ON_PHONE = new Set(["APPLY_ONLINE", "FULLY_ONLINE"]);

let asked = 0;
let timer;

async function search() {
  const text = $("text").value.trim();
  const mine = ++asked;
  if (!text) {
    $("hits").replaceChildren();
    $("count").textContent = "";
    return;
  }
  try {
    const {searchServiceItems: found} = await city.run("SearchServiceItems", {text, first: 8});
    if (mine !== asked) return;
    $("count").textContent = found.hits.length
      ? `找到 ${found.totalCount} 项`
      : `没有找到“${text}”。${found.suggestions.length ? "您是不是要找：" + found.suggestions.join("、") : "换个说法试试。"}`;
    $("hits").replaceChildren(...found.hits.map(hit));
    city.tell(null);
  } catch (trouble) {
    if (mine === asked) city.tell(trouble);
  }
}

function hit({item}) {
  const promised = item.time.promisedWorkingDays ? `${item.time.promisedWorkingDays} 个工作日` : "即时办结";
  return make("li", {},
    make("button", {type: "button", class: "hit", click: () => openGuide(item.code)},
      make("span", {class: "name"}, item.name),
      make("span", {class: "facts"}, `${item.department.shortName} · ${item.code} · ${promised}`),
      make("span", {class: ON_PHONE.has(item.depth) ? "tag on" : "tag"}, DEPTH[item.depth] || item.depth)));
}

async function openGuide(code) {
  try {
    const {serviceItem: item} = await city.run("ServiceItemGuide", {code});
    $("guide-body").replaceChildren(...guide(item));
    $("guide").showModal();
  } catch (trouble) {
    city.tell(trouble);
  }
}

function guide(item) {
  const days = item.time.promisedWorkingDays;
  const facts = [
    ["归谁办", item.department.name],
    ["多久", days ? `承诺 ${days} 个工作日${assumed(item.time.promisedCertainty)}` : "即时办结"],
    ["收费", item.fee.charged ? item.fee.note || "收费" : "不收费"],
    ["怎么办", DEPTH[item.depth] || item.depth],
  ];
  return [
    make("h2", {id: "guide-title"}, item.name),
    make("p", {}, item.summary),
    make("dl", {}, ...facts.flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, value)])),
    make("h3", {}, "材料"),
    item.materials.length
      ? make("ul", {}, ...item.materials.map((m) => make("li", {}, m.name, m.replacedBy ? make("em", {}, `免交：${m.replacedBy}`) : "")))
      : make("p", {}, "不需要交材料。"),
    item.process.length ? make("h3", {}, "步骤") : "",
    make("ol", {}, ...item.process.map((step) => make("li", {}, `${step.name}（${step.actor}）`))),
    make("button", {type: "button", class: "primary", click: () => $("guide").close()}, "关闭"),
  ];
}

const assumed = (certainty) => (certainty === "CERTAIN" ? "" : "（参考值，以部门公布为准）");

async function signIn(person) {
  try {
    city.tell(null);
    let verifier = null;
    let codeChallenge = null;
    if (crypto.subtle) {
      verifier = city.base64url(crypto.getRandomValues(new Uint8Array(32)));
      codeChallenge = city.base64url(new Uint8Array(await crypto.subtle.digest("SHA-256", new TextEncoder().encode(verifier))));
    }
    const {startSignIn: started} = await city.run("StartSignIn", {input: {
      idempotencyKey: city.newKey(), redirectUri: `${location.origin}/auth/callback`, device: "演示网页", codeChallenge,
    }});
    sessionStorage.setItem("city.signing-in", JSON.stringify({state: started.state, verifier}));
    const url = new URL(started.authorizationUrl);
    url.searchParams.set("login_hint", person); // the mock provider lets a demo person straight in
    url.searchParams.set("prompt", "none");
    location.assign(url);
  } catch (trouble) {
    city.tell(trouble);
  }
}

async function greet() {
  const signedIn = Boolean(city.session());
  if (!$("signed-in")) return;
  $("signed-out").hidden = signedIn;
  $("signed-in").hidden = !signedIn;
  if (!signedIn) return;
  try {
    const {viewer} = await city.run("Me", {}, {signedIn: true});
    $("person").textContent = viewer.person.name;
    $("person-detail").textContent = `身份证 ${viewer.person.idNumber} · 已实名`;
    await journey.findCertificate();
  } catch (trouble) {
    if (["UNAUTHENTICATED", "TOKEN_EXPIRED", "TOKEN_INVALID", "SESSION_ENDED", "SESSION_EXPIRED"].includes(trouble.code)) {
      city.forget();
      await greet();
    }
    city.tell(trouble);
  }
}

async function leave() {
  const current = city.session();
  city.forget();
  await greet();
  if (current && current.session) {
    const ending = {input: {idempotencyKey: city.newKey(), sessionId: current.session.id}};
    city.keep(current);
    await city.run("EndSession", ending, {signedIn: true}).catch(city.tell);
    city.forget();
  }
}

$("search").addEventListener("submit", (event) => { event.preventDefault(); search(); });
$("text").addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(search, 150); });
document.querySelectorAll("[data-person]").forEach((button) => button.addEventListener("click", () => signIn(button.dataset.person)));
if ($("leave")) $("leave").addEventListener("click", leave);
if ($("apply")) journey.connect();
greet();
