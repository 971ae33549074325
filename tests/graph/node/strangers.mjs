// The graph as stock clients use it. Reads one request from stdin and writes one answer to stdout:
// {"listen": document, "variables"} gives the first event that graphql-ws receives;
// {"page": document, "first"} gives the ids of all sales that urql sees page by page, calling "between" after each page.
import { readFileSync } from 'node:fs';
import { Client, fetchExchange, gql } from '@urql/core';
import { createClient } from 'graphql-ws';
import WebSocket from 'ws';

const { url, token, coOp, listen, variables, page, between } = JSON.parse(readFileSync(0, 'utf8'));
const authorization = `Bearer ${token}`;

async function hear() {
  const client = createClient({
    url: `${url.replace('http', 'ws')}/graphql/ws`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization, coOp },
    retryAttempts: 0,
  });
  for await (const event of client.iterate({ query: listen, variables })) {
    await client.dispose();
    return event;
  }
}

async function walk() {
  const headers = { authorization, 'guildhall-co-op': coOp };
  const client = new Client({ url: `${url}/graphql`, exchanges: [fetchExchange], fetchOptions: { headers }, preferGetMethod: false });
  const seen = [];
  for (let after = null; ; ) {
    const { data, error } = await client.query(gql(page), { after }).toPromise();
    if (error) throw error;
    seen.push(...data.sales.edges.map((edge) => edge.node.id));
    if (!data.sales.pageInfo.hasNextPage) return seen;
    after = data.sales.pageInfo.endCursor;
    if (between) await fetch(between);
  }
}

process.stdout.write(JSON.stringify(listen ? await hear() : await walk()));
