// Packages from where tests/clients.sh put them, which is no parent of this directory: COLLECTOR_CLIENTS names it, or it is the clients/ of
// Cargo's target directory.

import { createRequire } from "node:module";
import { resolve } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("../..", import.meta.url));

/** The directory with node_modules. */
export const clients = process.env.COLLECTOR_CLIENTS ?? resolve(root, process.env.CARGO_TARGET_DIR ?? "target", "clients");

/** require() of the packages there. */
export const load = createRequire(`${clients}/`);
