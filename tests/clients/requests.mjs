// Checks requests to Microsoft Graph against graph-openapi.json. Finds unknown paths and methods; unknown, malformed and missing query
// parameters; properties in $select that the type does not have; and invalid batches.
//
//     node tests/clients/requests.mjs FILE
//
// FILE holds one JSON object a line: {"method":"GET","target":"/v1.0/users/a%40contoso.com/calendarView?startDateTime=…"}. The target is path
// and query as they were sent. The version may be left out, as in a batch; the inner requests of a batch are lines of their own. "body" may
// hold the posted JSON. Other fields are ignored. Only requests to Graph belong in FILE, not those to the login service.
//
// Prints a line for each problem, `LINE: METHOD TARGET: WHY`. Exits with 1 if there was one, with 2 if the file cannot be read or holds no
// request, otherwise with 0.

import { readFileSync } from "node:fs";
import { load } from "./installed.mjs";

const Ajv = load("ajv").default;

const description = JSON.parse(readFileSync(new URL("graph-openapi.json", import.meta.url), "utf8"));
// A query parameter is text: "100" counts as the number.
const parameters = new Ajv({ coerceTypes: true, allErrors: true });
const bodies = new Ajv({ allErrors: true });

const routes = Object.entries(description.paths).map(([path, methods]) => ({ parts: path.split("/"), methods }));

/** The route of a path, given its decoded segments. Graph ignores the case of segments; a literal segment wins over a key. */
function route(parts) {
  const keys = (route) => route.parts.filter(isKey).length;
  const fits = ({ parts: wanted }) =>
    wanted.length === parts.length && wanted.every((part, place) => isKey(part) ? parts[place] !== "" : part.toLowerCase() === parts[place].toLowerCase());
  return routes.filter(fits).sort((a, b) => keys(a) - keys(b))[0];
}

function isKey(part) {
  return part.startsWith("{");
}

/** The problems of a request; none if it matches the description. */
function problems({ method, target, body }) {
  const [path, query = ""] = target.replace(/^\/v1\.0(?=\/)/i, "").split(/\?(.*)/s);
  const found = route(path.split("/").map(decodeURIComponent));
  if (!found) return [`there is no path ${path}`];
  const operation = found.methods[method.toLowerCase()];
  if (!operation) return [`${path} does not take ${method}`];
  return [...queryProblems(operation, query), ...bodyProblems(operation, body)];
}

function queryProblems(operation, query) {
  const known = (operation.parameters ?? []).filter((parameter) => parameter.in === "query");
  const given = new URLSearchParams(query);
  const wrong = [];
  for (const [name, value] of given) {
    const parameter = known.find((parameter) => parameter.name.toLowerCase() === name.toLowerCase());
    if (!parameter) {
      wrong.push(`there is no query parameter ${name}`);
    } else {
      const isList = parameter.schema.type === "array";
      const wrapped = { type: "object", properties: { value: parameter.schema } };
      const check = parameters.compile(wrapped);
      if (!check({ value: isList ? value.split(",").map((item) => item.trim()) : value })) {
        wrong.push(...check.errors.map((error) => spoken(name, isList, value, error)));
      }
    }
  }
  const names = [...given.keys()].map((name) => name.toLowerCase());
  for (const parameter of known) {
    if (parameter.required && !names.includes(parameter.name.toLowerCase())) wrong.push(`${parameter.name} is missing`);
  }
  for (const name of new Set(names)) {
    if (names.filter((other) => other === name).length > 1) wrong.push(`${name} is given twice`);
  }
  return wrong;
}

function spoken(name, isList, value, error) {
  const place = error.instancePath.split("/")[2];
  const shown = isList && place ? value.split(",")[place].trim() : value;
  return error.keyword === "enum" ? `${name} names ${shown}, which is no property` : `${name}=${shown} ${error.message}`;
}

function bodyProblems(operation, body) {
  const schema = operation.requestBody?.content["application/json"].schema;
  if (!schema || body === undefined) return [];
  const check = bodies.compile(schema);
  return check(body) ? [] : check.errors.map((error) => `body${error.instancePath} ${error.message}`);
}

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: requests.mjs FILE");
  process.exit(2);
}
let lines;
try {
  lines = readFileSync(file, "utf8").split("\n");
} catch (error) {
  console.error(`${file} cannot be read: ${error.message}`);
  process.exit(2);
}
let [checked, wrong] = [0, 0];
for (const [place, line] of lines.entries()) {
  if (!line.trim()) continue;
  checked += 1;
  const request = JSON.parse(line);
  for (const problem of problems(request)) {
    wrong += 1;
    console.log(`${place + 1}: ${request.method} ${request.target}: ${problem}`);
  }
}
if (checked === 0) {
  // An empty recording proves nothing.
  console.error(`${file} holds no request`);
  process.exit(2);
}
process.exit(wrong ? 1 : 0);
