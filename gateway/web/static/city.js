// What every page shares: the session of this tab, GraphQL by trusted document, and safe DOM building.
"use strict";
const city = (() => {
  const KEY = "city.session";
  let operations = null;

  const session = () => JSON.parse(sessionStorage.getItem(KEY) || "null");
  const keep = (tokens) => sessionStorage.setItem(KEY, JSON.stringify(tokens));
  const forget = () => sessionStorage.removeItem(KEY);
  const newKey = () => (crypto.randomUUID ? crypto.randomUUID() : base64url(crypto.getRandomValues(new Uint8Array(16))));

  function base64url(bytes) {
    return btoa(String.fromCharCode(...bytes)).replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
  }

  async function documents() {
    operations ??= (await fetch("/operations.json")).json();
    return operations;
  }

  class Trouble extends Error {
    constructor(message, code, traceId) {
      super(message);
      this.code = code;
      this.traceId = traceId;
    }
  }

  async function post(body, token) {
    const headers = {"content-type": "application/json", accept: "application/graphql-response+json"};
    if (token) headers.authorization = `Bearer ${token}`;
    let answer;
    try {
      answer = await (await fetch("/graphql", {method: "POST", headers, body: JSON.stringify(body)})).json();
    } catch {
      throw new Trouble("网络不通，请检查网络后再试。", "NETWORK");
    }
    const first = answer.errors && answer.errors[0];
    if (first) throw new Trouble(first.message, first.extensions && first.extensions.code, first.extensions && first.extensions.traceId);
    return answer.data;
  }

  // Runs a trusted document by its name. A session that ran out is refreshed once.
  async function run(name, variables, {signedIn = false} = {}) {
    const document = (await documents())[name];
    if (!document) throw new Trouble(`这里还没有操作 ${name}。`, "NO_OPERATION");
    const body = {documentId: document.id, operationName: name, variables};
    const current = signedIn ? session() : null;
    try {
      return await post(body, current && current.accessToken);
    } catch (trouble) {
      if (!current || !current.refreshToken || trouble.code !== "TOKEN_EXPIRED") throw trouble;
      const fresh = await run("RefreshSession", {input: {idempotencyKey: newKey(), refreshToken: current.refreshToken}});
      keep({...current, ...fresh.refreshSession.tokens});
      return post(body, session().accessToken);
    }
  }

  // make("li", {class: "hit"}, "text", child): text is always text, never HTML.
  function make(tag, attributes = {}, ...children) {
    const element = document.createElement(tag);
    for (const [name, value] of Object.entries(attributes)) {
      if (typeof value === "function") element.addEventListener(name, value);
      else if (value !== null && value !== undefined && value !== false) element.setAttribute(name, value === true ? "" : value);
    }
    element.append(...children.filter((child) => child !== null && child !== undefined && child !== ""));
    return element;
  }

  function tell(trouble) {
    const place = document.getElementById("trouble");
    if (!place) return;
    place.hidden = !trouble;
    place.textContent = trouble ? trouble.message + (trouble.traceId ? `（追踪号 ${trouble.traceId}）` : "") : "";
  }

  return {session, keep, forget, newKey, base64url, documents, run, make, tell, Trouble};
})();
