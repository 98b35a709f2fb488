// One client of an MCP server, driven by JSON lines: `node client.mjs v1|v2|v2-legacy WHERE`, a URL
// or the JSON of a command that speaks the protocol by standard input and output. The first line is
// the credential; each line after it is `{do, ...}` and gets one line of answer.

import { createInterface } from 'node:readline';

const [sdk, where] = process.argv.slice(2);
const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const secret = (await lines.next()).value;

const UPDATED = 'notifications/resources/updated';
const kit = sdk === 'v1' ? await first() : await second();
const options = sdk === 'v2' ? { versionNegotiation: { mode: 'auto' } } : {};
const client = new kit.Client({ name: `TypeScript ${sdk}`, version: '1' }, options);
const transport = where.startsWith('{') ? command(JSON.parse(where)) : address(where);

const notices = [];
let wake = () => {};
client.setNotificationHandler(kit.updated, (notice) => {
  notices.push(notice.params.uri);
  wake();
});
await client.connect(transport);

const does = {
  version: () => client.getNegotiatedProtocolVersion?.() ?? transport.protocolVersion,
  tools: async () => (await client.listTools()).tools.map((tool) => tool.name),
  call: async ({ name, given }) => {
    const told = [];
    const onprogress = ({ progress, total }) => told.push([progress, total]);
    const result = await kit.call(client, { name, arguments: given }, { onprogress });
    return { ...result, told };
  },
  read: async ({ uri }) => (await client.readResource({ uri })).contents[0].text,
  templates: async () => (await client.listResourceTemplates()).resourceTemplates.length,
  prompts: async () => (await client.listPrompts()).prompts.map((prompt) => prompt.name),
  prompt: async (given) => (await client.getPrompt(given)).messages[0].content.text,
  complete: async (given) => (await client.complete(given)).completion.values,
  watch: async ({ uri }) => {
    if (sdk === 'v2') await client.listen({ resourceSubscriptions: [uri] });
    else await client.subscribeResource({ uri });
  },
  notice: async () => {
    while (!notices.length) await new Promise((resolve) => (wake = resolve));
    return notices.shift();
  },
};

for await (const line of lines) {
  const { do: what, ...given } = JSON.parse(line);
  let answer;
  try {
    answer = { done: (await does[what](given)) ?? null };
  } catch (error) {
    answer = { failed: String(error.message) };
  }
  process.stdout.write(`${JSON.stringify(answer)}\n`);
}
await client.close();

function address(url) {
  const headers = { Authorization: `Bearer ${secret}` };
  return new kit.StreamableHTTPClientTransport(new URL(url), { requestInit: { headers } });
}

function command(parameters) {
  parameters.env.INTHELOOP_TOKEN = secret;
  return new kit.StdioClientTransport(parameters);
}

async function first() {
  const { Client } = await import('@modelcontextprotocol/sdk/client/index.js');
  const http = await import('@modelcontextprotocol/sdk/client/streamableHttp.js');
  const stdio = await import('@modelcontextprotocol/sdk/client/stdio.js');
  const types = await import('@modelcontextprotocol/sdk/types.js');
  return {
    Client,
    ...http,
    ...stdio,
    updated: types.ResourceUpdatedNotificationSchema,
    call: (one, params, more) => one.callTool(params, undefined, more),
  };
}

async function second() {
  const http = await import('@modelcontextprotocol/client');
  const stdio = await import('@modelcontextprotocol/client/stdio');
  const call = (one, params, more) => one.callTool(params, more);
  return { ...http, ...stdio, updated: UPDATED, call };
}
