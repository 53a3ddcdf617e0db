// GraphiQL with the trusted documents as examples and the token of this tab's session.
"use strict";
(async () => {
  const documents = await city.documents();
  const current = city.session();
  const token = () => (city.session() || {}).accessToken;
  const VARIABLES = {
    SearchServiceItems: {text: "ybpz", first: 5},
    ServiceItemGuide: {code: "YB-010"},
    StartSignIn: {input: {idempotencyKey: "示例-1", redirectUri: `${location.origin}/auth/callback`, device: "GraphiQL"}},
    SubmitApplication: {input: {idempotencyKey: "示例-2", itemCode: "YB-010", regionCode: "371502", form: {insuranceType: "EMPLOYEE", purpose: "TRANSFER"}}},
  };
  document.getElementById("who").textContent = current ? "已登录，请求会带上您的令牌" : "未登录：公开内容可直接查询";

  const fetcher = GraphiQL.createFetcher({
    url: "/graphql",
    headers: {accept: "application/graphql-response+json, application/json"},
    fetch: (url, options) => {
      const headers = {...options.headers};
      if (token() && !Object.keys(headers).some((name) => name.toLowerCase() === "authorization")) headers.authorization = `Bearer ${token()}`;
      return fetch(url, {...options, headers});
    },
    wsClient: graphqlWs.createClient({
      url: `${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/graphql`,
      lazy: true,
      connectionParams: () => (token() ? {authorization: `Bearer ${token()}`} : {}),
    }),
  });

  const tabs = Object.entries(documents).map(([name, {text}]) => ({
    query: text, variables: JSON.stringify(VARIABLES[name] || {}, null, 2),
  }));
  const chosen = documents.SearchServiceItems ? "SearchServiceItems" : Object.keys(documents)[0];
  const examples = document.getElementById("examples");
  for (const name of Object.keys(documents)) {
    const option = document.createElement("option");
    option.value = option.textContent = name;
    option.selected = name === chosen;
    examples.append(option);
  }
  const memory = {getItem: () => null, setItem() {}, removeItem() {}, clear() {}, length: 0}; // nothing stays on this machine
  const root = ReactDOM.createRoot(document.getElementById("graphiql"));
  const open = (name) => root.render(React.createElement(GraphiQL, {
    key: name, fetcher, storage: memory, defaultEditorToolsVisibility: "variables", shouldPersistHeaders: false,
    query: documents[name].text, variables: tabs[Object.keys(documents).indexOf(name)].variables,
  }));
  examples.addEventListener("change", () => open(examples.value));
  open(chosen);
})();
