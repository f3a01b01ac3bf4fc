// Checks JSON answers against Microsoft's own types, @microsoft/microsoft-graph-types, as `tsc --strict --noEmit` does.
//
//     node tests/clients/types.mjs < ANSWERS
//
// ANSWERS holds one JSON object a line: {"name":"rooms","type":"Page<Room>","answer":{…}}. Each answer becomes a constant of its type, because
// TypeScript allows no unknown properties and no unknown values of an enumeration in a literal. `type` is one of those below.
//
// Prints a line for each mistake, `NAME: WHAT IS WRONG, at THE LINE`. Exits with 1 if there was one, with 2 if there was no answer.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { clients, load } from "./installed.mjs";

const ts = load("typescript");

const TYPES = `
import type * as graph from "@microsoft/microsoft-graph-types";

// Annotations that OData adds to any object; the types do not have them.
interface Annotations { "@odata.context"?: string; "@odata.etag"?: string; "@odata.type"?: string }
interface Page<Item> { "@odata.context": string; "@odata.count"?: number; "@odata.nextLink"?: string; "@odata.deltaLink"?: string; value: Item[] }

// Recorded answers of v1.0 contain uid and occurrenceId, which neither schema nor types have; event is an open type.
// Change tracking marks removed items with @removed.
type Event = graph.Event & Annotations & { uid?: string; occurrenceId?: string | null; "@removed"?: { reason: "deleted" | "changed" } };

// The schema moved these from room to place, or added them, after the types were last made from it.
interface Moved { placeId?: string | null; label?: string | null; tags?: string[]; isWheelChairAccessible?: boolean | null; parentId?: string | null }
type Room = graph.Room & Annotations & Moved;
type RoomList = graph.RoomList & Annotations & Moved;

type Calendar = graph.Calendar & Annotations;
type User = graph.User & Annotations;
type Group = graph.Group & Annotations;
type Organization = graph.Organization & Annotations;

// publicError; the reference ("Microsoft Graph error responses") adds to innerError the details for a report to Microsoft.
interface Failure {
  error: Omit<graph.PublicError, "innerError"> & {
    innerError?: graph.PublicInnerError & { date: string; "request-id": string; "client-request-id": string };
  };
}

// The answer to a batch, which no type describes ("JSON batching").
interface Batch<Body> { responses: { id: string; status: number; headers?: Record<string, string>; body?: Body }[] }
`;

const answers = readFileSync(0, "utf8")
  .split("\n")
  .filter((line) => line.trim())
  .map((line) => JSON.parse(line));
if (answers.length === 0) {
  console.error("there are no answers to check");
  process.exit(2);
}

const constants = answers.map(({ type, answer }, place) => `\nexport const answer${place}: ${type} = ${JSON.stringify(answer, null, 1)};\n`);
const source = TYPES + constants.join("");
/** Where each constant begins. */
const begins = constants.map((_, place) => TYPES.length + constants.slice(0, place).join("").length);

// A file only in memory, beside node_modules.
const file = join(clients, "answers.ts");
const options = {
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: [],
  target: ts.ScriptTarget.ES2022,
  module: ts.ModuleKind.ESNext,
  moduleResolution: ts.ModuleResolutionKind.Bundler,
};
const host = ts.createCompilerHost(options);
const { fileExists, readFile, getSourceFile } = host;
host.fileExists = (name) => name === file || fileExists(name);
host.readFile = (name) => (name === file ? source : readFile(name));
host.getSourceFile = (name, ...rest) =>
  name === file ? ts.createSourceFile(name, source, options.target) : getSourceFile(name, ...rest);

const diagnostics = ts.getPreEmitDiagnostics(ts.createProgram([file], options, host));
for (const { start = 0, messageText } of diagnostics) {
  const place = begins.findLastIndex((begin) => begin <= start);
  const line = source.slice(source.lastIndexOf("\n", start) + 1, source.indexOf("\n", start)).trim();
  console.log(`${answers[place]?.name ?? "types.mjs"}: ${ts.flattenDiagnosticMessageText(messageText, " ")}, at ${line}`);
}
process.exit(diagnostics.length ? 1 : 0);
