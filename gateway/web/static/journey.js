// The first journey in the page: apply for YB-010, follow it live, show the certificate as a code.
"use strict";
const journey = (() => {
  const {make} = city;
  const at = (id) => document.getElementById(id);
  let certificate = null;

  function socket() {
    return graphqlWs.createClient({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
      connectionParams: () => ({authorization: `Bearer ${city.session().accessToken}`}),
    });
  }

  async function apply() {
    const button = at("apply");
    button.disabled = true;
    at("progress").replaceChildren();
    city.tell(null);
    try {
      const done = await city.run("SubmitApplication", {input: {
        idempotencyKey: city.newKey(), itemCode: "YB-010", regionCode: "371502", form: {insuranceType: "EMPLOYEE", purpose: "TRANSFER"},
      }}, {signedIn: true});
      const {application, problems} = done.submitApplication;
      if (problems.length) throw new city.Trouble(problems.map((p) => p.message).join(" "), "PROBLEMS");
      await follow(application.id);
    } catch (trouble) {
      city.tell(trouble);
    } finally {
      button.disabled = false;
    }
  }

  async function follow(applicationId) {
    const document = (await city.documents()).ApplicationProgress;
    const client = socket();
    const seen = new Set();
    try {
      for await (const answer of client.iterate({query: document.text, variables: {applicationId}})) {
        if (answer.errors) throw new city.Trouble(answer.errors[0].message, "SUBSCRIPTION");
        const now = answer.data.applicationProgress;
        for (const line of now.timeline) {
          if (seen.has(line.sequence)) continue;
          seen.add(line.sequence);
          at("progress").append(make("li", {}, make("b", {}, line.label), make("small", {}, line.sentence)));
        }
        if (now.reason) throw new city.Trouble([now.reason.sentence, ...now.reason.remedies].join(" "), now.reason.code);
      }
    } finally {
      await client.dispose();
    }
    await findCertificate();
  }

  async function findCertificate() {
    const {viewer} = await city.run("MyCertificates", {first: 20}, {signedIn: true});
    const held = viewer.certificates.edges.map((edge) => edge.node).find((one) => one.typeCode === "INSURED_PROOF" && one.presentable);
    certificate = held || null;
    at("present").hidden = !held;
    if (held) at("code-note").textContent = `卡包里有《${held.typeName}》，有效期至 ${held.validUntil || "长期"}。`;
  }

  // Draws the code, and watches until it is scanned or runs out.
  async function present() {
    const button = at("show");
    button.disabled = true;
    city.tell(null);
    try {
      const {presentCertificate: shown} = await city.run("PresentCertificate", {input: {
        idempotencyKey: city.newKey(), certificateId: certificate.id,
      }}, {signedIn: true});
      draw(shown.token);
      at("code-text").value = shown.token;
      at("code-text").hidden = false;
      at("code-note").textContent = `${new Date(shown.expiresAt).toLocaleTimeString("zh-CN", {timeZone: "Asia/Shanghai"})} 前有效，只能核验一次。`;
      await watch(shown.presentationId);
    } catch (trouble) {
      city.tell(trouble);
    } finally {
      button.disabled = false;
    }
  }

  async function watch(presentationId) {
    const document = (await city.documents()).PresentationStatus;
    const client = socket();
    try {
      for await (const answer of client.iterate({query: document.text, variables: {presentationId}})) {
        if (answer.errors) throw new city.Trouble(answer.errors[0].message, "SUBSCRIPTION");
        const {state, scannedBy} = answer.data.presentationStatus;
        if (state === "WAITING") continue;
        at("code").replaceChildren();
        at("code-text").hidden = true;
        at("code-note").textContent = {
          SCANNED: `已被核验${scannedBy ? "：" + scannedBy : ""}。`, CANCELLED: "已取消。", EXPIRED: "已过期，请重新亮证。",
        }[state];
        return;
      }
    } finally {
      await client.dispose();
    }
  }

  function draw(text) {
    const code = qrcode(0, "L");
    code.addData(text, "Byte");
    code.make();
    const size = code.getModuleCount();
    let path = "";
    for (let row = 0; row < size; row++) {
      for (let column = 0; column < size; column++) if (code.isDark(row, column)) path += `M${column + 4} ${row + 4}h1v1h-1z`;
    }
    const space = "http://www.w3.org/2000/svg";
    const picture = document.createElementNS(space, "svg");
    picture.setAttribute("viewBox", `0 0 ${size + 8} ${size + 8}`);
    picture.setAttribute("shape-rendering", "crispEdges");
    const modules = document.createElementNS(space, "path");
    modules.setAttribute("d", path);
    picture.append(modules);
    at("code").replaceChildren(picture);
  }

  function connect() {
    at("apply").addEventListener("click", apply);
    at("show").addEventListener("click", present);
  }

  return {connect, findCertificate};
})();
