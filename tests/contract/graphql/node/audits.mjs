// Runs every audit of npm graphql-http against the URL given; prints [{id, name, status, reason}] as JSON.
import { auditServer } from 'graphql-http';

const results = await auditServer({ url: process.argv[2], fetchFn: fetch });
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))));
