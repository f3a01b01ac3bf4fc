// Generates graph-openapi.json, an OpenAPI description of the few requests that the connector sends, from the schema that Microsoft
// publishes. It holds names and types only.
//
//     git clone https://github.com/microsoftgraph/msgraph-metadata
//     node tests/clients/openapi.mjs msgraph-metadata/schemas/v1.0-Prod.csdl COMMIT > tests/clients/graph-openapi.json
//
// ADDED below holds what the schema lacks; its sources are "Use query parameters", "List calendarView", "event: delta" and "JSON batching" in
// the reference of Microsoft Graph.

import { readFileSync } from "node:fs";
import { load } from "./installed.mjs";

const [file, commit] = process.argv.slice(2);
if (!file || !commit) {
  console.error("usage: openapi.mjs FILE.csdl COMMIT > graph-openapi.json");
  process.exit(2);
}

const csdl = load("odata-csdl").xml2json(readFileSync(file));
const [namespace, container] = csdl.$EntityContainer.split(/\.(?=[^.]*$)/);
// Graph writes /users/{id}, not /users('{id}').
csdl[namespace][container]["@Org.OData.Capabilities.V1.KeyAsSegmentSupported"] = true;
const whole = load("odata-openapi").csdl2openapi(csdl, {});

/** The paths that are taken from the schema: the generator's name, and that in Graph's reference. */
const TAKEN = {
  "/users": "/users",
  "/users/{id}": "/users/{id}",
  "/users/{id}/calendarView": "/users/{id}/calendarView",
  "/users/{id}/calendarView/graph.delta()": "/users/{id}/calendarView/delta",
  "/groups": "/groups",
  "/groups/{id}": "/groups/{id}",
  "/organization": "/organization",
  "/places/{id}": "/places/{id}",
};

/** Lists of a derived type, which the generator omits: path and type. */
const CASTS = {
  "/places/microsoft.graph.room": "room",
  "/places/microsoft.graph.roomList": "roomList",
  "/places/{id}/microsoft.graph.roomList/rooms": "room",
};

/** ADDED: further query parameters of the lists. */
const text = { type: "string" };
const instant = { type: "string", pattern: "^\\d{4}-\\d\\d-\\d\\d(T\\d\\d:\\d\\d(:\\d\\d(\\.\\d+)?)?(Z|[+-]\\d\\d:\\d\\d)?)?$" };
const window = [query("startDateTime", instant, true), query("endDateTime", instant, true)];
const ADDED = {
  "/users": [query("$skiptoken", text)],
  "/users/{id}/calendarView": [...window, query("$skiptoken", text)],
  // Either the window, or a token of an earlier answer.
  "/users/{id}/calendarView/delta": [
    query("startDateTime", instant),
    query("endDateTime", instant),
    query("$deltatoken", text),
    query("$skiptoken", text),
  ],
  "/groups": [query("$skiptoken", text)],
  "/places/microsoft.graph.room": [query("$skiptoken", text)],
  "/places/microsoft.graph.roomList": [query("$skiptoken", text)],
  "/places/{id}/microsoft.graph.roomList/rooms": [query("$skiptoken", text)],
};

/** ADDED: the body of a batch. */
const BATCH = {
  type: "object",
  required: ["requests"],
  additionalProperties: false,
  properties: {
    requests: {
      type: "array",
      minItems: 1,
      maxItems: 20,
      items: {
        type: "object",
        required: ["id", "method", "url"],
        additionalProperties: false,
        properties: {
          id: text,
          method: { type: "string", enum: ["GET", "POST", "PUT", "PATCH", "DELETE"] },
          url: text,
          headers: { type: "object", additionalProperties: text },
          body: {},
          dependsOn: { type: "array", items: text },
        },
      },
    },
  },
};

function query(name, schema, required = false) {
  return { name, in: "query", required, schema };
}

/** A parameter with its reference resolved, without descriptions and examples. */
function plain(parameter) {
  if (parameter.$ref) parameter = whole.components.parameters[parameter.$ref.split("/").pop()];
  const { name, in: place, required = false, schema } = parameter;
  const { externalDocs, ...kept } = schema;
  // The list of sortable properties is long, and the connector does not sort.
  return { name, in: place, required, schema: name === "$orderby" ? text : kept };
}

/** The names of a type's properties, those of its base types first. */
function properties(name) {
  const type = csdl[namespace][name];
  const base = type.$BaseType ? properties(type.$BaseType.split(".").pop()) : [];
  const own = Object.keys(type).filter((key) => !/[$@]/.test(key) && type[key].$Kind !== "NavigationProperty");
  return [...base, ...own];
}

const list = ["$top", "$skip", "$count", "$filter", "$orderby"];
const typesOf = { $top: { type: "integer", minimum: 0 }, $skip: { type: "integer", minimum: 0 }, $count: { type: "boolean" } };
const paths = {};

for (const [from, path] of Object.entries(TAKEN)) {
  const { parameters: shared = [], get } = whole.paths[from];
  paths[path] = { get: operation(path, [...shared, ...(get.parameters ?? [])].map(plain)) };
}
for (const [path, type] of Object.entries(CASTS)) {
  const select = { type: "array", uniqueItems: true, items: { type: "string", enum: properties(type) } };
  const key = path.includes("{id}") ? [{ name: "id", in: "path", required: true, schema: text }] : [];
  paths[path] = { get: operation(path, [...key, ...list.map((name) => query(name, typesOf[name] ?? text)), query("$select", select)]) };
}
paths["/$batch"] = {
  post: {
    requestBody: { required: true, content: { "application/json": { schema: BATCH } } },
    responses: { 200: { description: "" } },
  },
};

function operation(path, parameters) {
  return { parameters: [...parameters, ...(ADDED[path] ?? [])].map(unexploded), responses: { 200: { description: "" } } };
}

/** Marks lists as written with commas. */
function unexploded(parameter) {
  return parameter.schema.type === "array" ? { ...parameter, explode: false } : parameter;
}

const description = {
  openapi: "3.0.3",
  info: {
    title: "The part of Microsoft Graph v1.0 that the connector asks",
    version: "v1.0",
    "x-made-from": { repository: "microsoftgraph/msgraph-metadata", commit, file: "schemas/v1.0-Prod.csdl", by: "tests/clients/openapi.mjs" },
  },
  servers: [{ url: "https://graph.microsoft.com/v1.0" }],
  paths,
};
process.stdout.write(`${short(description)}\n`);

/** JSON with each innermost list and object on one line. */
function short(value, depth = 0) {
  const line = JSON.stringify(value);
  if (line.length < 140 || value === null || typeof value !== "object") return line;
  const [inner, outer] = [" ".repeat(depth + 1), " ".repeat(depth)];
  if (Array.isArray(value)) {
    if (value.every((item) => typeof item === "string")) return line;
    return `[\n${value.map((item) => inner + short(item, depth + 1)).join(",\n")}\n${outer}]`;
  }
  const fields = Object.entries(value).map(([name, field]) => `${inner}${JSON.stringify(name)}: ${short(field, depth + 1)}`);
  return `{\n${fields.join(",\n")}\n${outer}}`;
}
