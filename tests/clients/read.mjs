// Reads room calendars with @microsoft/microsoft-graph-client in the way that its own documentation recommends. read.py describes the requests
// and answers.
//
//     read.mjs [--version]
//
// After "Page through a collection using the Microsoft Graph SDKs" (learn.microsoft.com/graph/sdks/paging), docs/tasks/PageIterator.md and
// docs/CustomMiddlewareChain.md of the client's repository, and "List calendarView", "event: delta", "List places" in the reference of
// Microsoft Graph v1.0, each in its JavaScript form. Retries and redirects are the client's defaults.

import { createInterface } from "node:readline";
import { load } from "./installed.mjs";

const NAME = "@microsoft/microsoft-graph-client";
const SELECT = "subject,start,end,isAllDay,isCancelled,sensitivity,showAs";

const { Client, MiddlewareFactory, PageIterator } = load(NAME);

/** A client for one request, which ends with `signal`. */
function clientFor(request, signal) {
  const { host, hostname, pathname } = new URL(request.graph);
  const authProvider = { getAccessToken: async () => request.token };
  // All middleware is the client's own except the last, which calls fetch (docs/CustomMiddlewareChain.md).
  const middleware = MiddlewareFactory.getDefaultMiddlewareChain(authProvider);
  middleware.splice(-1, 1, new Unencrypted(host));
  middleware.reduceRight((next, one) => (one.setNext(next), one));
  return Client.initWithMiddleware({
    baseUrl: `https://${host}/`,
    defaultVersion: pathname.replaceAll("/", ""),
    customHosts: new Set([hostname]),
    middleware: middleware[0],
    fetchOptions: { signal },
  });
}

/**
 * Lets the client use a simulator without TLS, although it sends its token only over https and follows no links to http. Like a gateway in
 * front of a service, this turns https into http in requests, and http into https in the links of answers.
 */
class Unencrypted {
  constructor(host) {
    this.host = host;
  }

  async execute(context) {
    const { status, statusText, headers, body } = await fetch(context.request.replace(/^https:/, "http:"), context.options);
    context.response = new Response(body && this.secured(body), { status, statusText, headers });
  }

  secured(body) {
    const [plain, secure] = [`http://${this.host}/`, `https://${this.host}/`];
    let held = "";
    const links = new TransformStream({
      transform(text, out) {
        const whole = (held + text).replaceAll(plain, secure);
        // A link may begin at the end of this piece and continue in the next.
        const kept = Math.min(whole.length, plain.length - 1);
        held = whole.slice(whole.length - kept);
        out.enqueue(whole.slice(0, whole.length - kept));
      },
      flush: (out) => out.enqueue(held),
    });
    return body.pipeThrough(new TextDecoderStream()).pipeThrough(links).pipeThrough(new TextEncoderStream());
  }
}

/** All items from this page on. Sends `headers` with each further request, as with the first. */
async function allOf(client, page, headers, signal) {
  const items = [];
  const take = (item) => {
    items.push(item);
    return !signal.aborted;
  };
  await new PageIterator(client, page, take, headers && { headers }).iterate();
  return items;
}

const readers = {
  async calendar(client, request, signal) {
    const page = await client
      .api(`/users/${request.room}/calendarView`)
      .query({ startDateTime: request.from, endDateTime: request.to })
      .select(SELECT)
      .top(request.top ?? 500)
      .get();
    return (await allOf(client, page, undefined, signal)).map(item);
  },

  async delta(client, request, signal) {
    const headers = { Prefer: `odata.maxpagesize=${request.top ?? 500}` };
    const page = await client
      .api(`/users/${request.room}/calendarView/delta`)
      .headers(headers)
      .query({ startDateTime: request.from, endDateTime: request.to })
      .get();
    const found = (await allOf(client, page, headers, signal)).filter((event) => !("@removed" in event));
    return found.map((event) => ({ ...item(event), type: event.type ?? null }));
  },

  async rooms(client, request, signal) {
    const rooms = client.api("/places/microsoft.graph.room");
    const page = await (request.top ? rooms.top(request.top) : rooms).get();
    return (await allOf(client, page, undefined, signal)).map((room) => ({ address: room.emailAddress }));
  },

  async "rooms-of"(client, request, signal) {
    const page = await client.api(`/places/${request.list}/microsoft.graph.roomlist/rooms`).get();
    return (await allOf(client, page, undefined, signal)).map((room) => ({ address: room.emailAddress }));
  },
};

function item(event) {
  return { subject: event.subject ?? null, start: instant(event.start), end: instant(event.end) };
}

/** The instant that a value and its zone denote. Requests name no zone, so it should be UTC. */
function instant(value) {
  if (!value) return null;
  const zone = value.timeZone ?? "UTC";
  if (zone !== "UTC") throw new Error(`cannot read a time in the zone ${zone} in JavaScript`);
  const at = new Date(/(Z|[+-]\d\d:\d\d)$/.test(value.dateTime) ? value.dateTime : `${value.dateTime}Z`);
  return at.toISOString().replace(/\.\d+Z$/, "Z");
}

function inOrder(items) {
  const key = (item) => [item.start ?? "", item.subject ?? "", item.address ?? ""];
  const compare = (a, b) => (a < b ? -1 : a > b ? 1 : 0);
  return items.sort((a, b) => key(a).reduce((order, part, place) => order || compare(part, key(b)[place]), 0));
}

async function answer(request) {
  const abort = new AbortController();
  let timer;
  const limit = request.limit ?? 20;
  const over = new Promise((_, reject) => {
    timer = setTimeout(() => {
      reject(new Error(`gave up after ${limit} s`));
      abort.abort();
    }, limit * 1000);
  });
  try {
    const reading = readers[request.what](clientFor(request, abort.signal), request, abort.signal);
    return { id: request.id, items: inOrder(await Promise.race([reading, over])) };
  } catch (error) {
    const words = [error.statusCode > 0 ? error.statusCode : "", error.code ?? "", error.message ?? String(error)];
    return { id: request.id, error: words.join(" ").replace(/\s+/g, " ").trim() };
  } finally {
    clearTimeout(timer);
  }
}

if (process.argv.includes("--version")) {
  console.log(NAME, load(`${NAME}/package.json`).version);
} else {
  // A request that was given up may still fail; that must not end the process.
  process.on("unhandledRejection", () => {});
  for await (const line of createInterface({ input: process.stdin })) {
    if (line.trim()) process.stdout.write(`${JSON.stringify(await answer(JSON.parse(line)))}\n`);
  }
  process.exit();
}
