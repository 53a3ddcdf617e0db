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
    const {viewer} = await city.run("MyCertificates", {}, {signedIn: true});
    certificate = viewer.certificates[0] || null;
    at("present").hidden = !certificate;
  }

  function connect() {
    at("apply").addEventListener("click", apply);
  }

  return {connect, findCertificate};
})();
