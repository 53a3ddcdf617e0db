// The browser is back from the identity provider: exchange the code for tokens, once, and clear it from the address.
"use strict";
(async () => {
  const query = new URLSearchParams(location.search);
  history.replaceState(null, "", location.pathname);
  const begun = JSON.parse(sessionStorage.getItem("city.signing-in") || "null");
  sessionStorage.removeItem("city.signing-in");
  try {
    if (query.get("error")) throw new city.Trouble("您取消了登录，或者身份认证没有通过。", query.get("error"));
    if (!begun || begun.state !== query.get("state")) throw new city.Trouble("这次登录不是从本页发起的，请返回首页重新登录。", "STATE");
    const {completeSignIn} = await city.run("CompleteSignIn", {input: {
      idempotencyKey: city.newKey(), code: query.get("code"), state: query.get("state"), iss: query.get("iss"), codeVerifier: begun.verifier,
    }});
    city.keep(completeSignIn.tokens);
    location.replace("/");
  } catch (trouble) {
    document.querySelector("h1").textContent = "没有登录成功";
    document.getElementById("step").textContent = "";
    city.tell(trouble);
  }
})();
