// Loads packages from the directory where tests/clients.sh installed them, which Node would not search: COLLECTOR_CLIENTS, or clients/ in
// Cargo's target directory.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The directory with node_modules. */
export const clients = process.env.COLLECTOR_CLIENTS ?? resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "clients");

/** require() of the packages there. */
export const load = createRequire(`${clients}/`);
