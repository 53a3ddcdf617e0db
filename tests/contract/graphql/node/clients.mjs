// Runs operations with the stock clients graphql-ws and graphql-sse; prints what each one got as JSON.
// argv: URL of /graphql (http), JSON list of {client, query, variables, authorization}
import { createClient as createSse } from 'graphql-sse';
import { createClient as createWs } from 'graphql-ws';
import WebSocket from 'ws';

const [url, text] = process.argv.slice(2);

function open({ client, authorization }) {
  if (client === 'sse') {
    return createSse({ url, retryAttempts: 0, headers: authorization ? { authorization } : {} });
  }
  const connectionParams = authorization ? { authorization } : {};
  return createWs({ url: url.replace('http', 'ws'), webSocketImpl: WebSocket, retryAttempts: 0, connectionParams });
}

async function run(job) {
  const client = open(job);
  const answers = [];
  try {
    const { query, variables } = job;
    for await (const answer of client.iterate({ query, variables })) answers.push(answer);
    return { answers, ended: 'complete' };
  } catch (error) {
    if (Array.isArray(error)) return { answers, ended: 'errors', errors: error };
    return { answers, ended: 'failed', code: error.code, message: String(error.message ?? error.reason ?? error) };
  } finally {
    await client.dispose();
  }
}

console.log(JSON.stringify(await Promise.all(JSON.parse(text).map(run))));
