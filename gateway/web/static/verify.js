// A verifier's page: paste or scan, and a clear answer in colour and words.
"use strict";
const {make} = city;
const field = document.getElementById("token");
const result = document.getElementById("result");

async function verify(token) {
  result.hidden = false;
  result.className = "result";
  result.textContent = "正在核验…";
  let status, body;
  try {
    const answer = await fetch("/api/verify", {
      method: "POST", headers: {"content-type": "application/json"}, body: JSON.stringify({token}),
    });
    status = answer.status;
    body = await answer.json();
  } catch {
    return show("unknown", "暂时无法核验", "网络不通或系统没有响应，请稍后再试。此时不能据此放行。");
  }
  if (status === 200 && body.valid !== false) return show("good", "有效", body.message || "此证有效，核验已经完成。", body);
  const reason = (body.error && body.error.message) || body.message || "这个二维码不能通过核验。";
  return show(status >= 500 || status === 429 ? "unknown" : "bad", status >= 500 || status === 429 ? "暂时无法核验" : "无效", reason);
}

function show(kind, word, sentence, body) {
  const mark = {good: "✓", bad: "✕", unknown: "?"}[kind];
  result.className = `result ${kind}`;
  result.replaceChildren(
    make("p", {class: "word"}, make("span", {"aria-hidden": "true"}, mark), word),
    make("p", {}, sentence),
    ...facts(body));
}

function facts(body) {
  if (!body) return [];
  const rows = Array.isArray(body.claims)
    ? body.claims.map((one) => [one.label, one.value])
    : Object.entries(body.claims || {});
  const head = [["证照", body.typeName || body.type], ["持证人", body.holder], ["颁发机构", body.issuer]].filter(([, value]) => value);
  const all = [...head, ...rows];
  return all.length ? [make("dl", {}, ...all.flatMap(([term, value]) => [make("dt", {}, term), make("dd", {}, String(value))]))] : [];
}

document.getElementById("verify").addEventListener("submit", (event) => {
  event.preventDefault();
  verify(field.value.trim());
});

// The camera is offered where the browser itself can read codes.
if ("BarcodeDetector" in window && navigator.mediaDevices) {
  const scan = document.getElementById("scan");
  const camera = document.getElementById("camera");
  scan.hidden = false;
  scan.addEventListener("click", async () => {
    try {
      const stream = await navigator.mediaDevices.getUserMedia({video: {facingMode: "environment"}});
      camera.srcObject = stream;
      camera.hidden = false;
      await camera.play();
      const detector = new BarcodeDetector({formats: ["qr_code"]});
      const look = async () => {
        const [code] = await detector.detect(camera);
        if (!code) return requestAnimationFrame(look);
        stream.getTracks().forEach((track) => track.stop());
        camera.hidden = true;
        field.value = code.rawValue;
        return verify(code.rawValue);
      };
      look();
    } catch {
      show("unknown", "不能使用相机", "请允许使用相机，或把二维码内容粘贴到上面。");
    }
  });
}
