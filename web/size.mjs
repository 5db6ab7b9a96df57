// Whether the page still opens fast: what index.html loads before anything is shown, gzipped. size.mjs [FOLDER]

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";

const MOST = 200 * 1024;
const folder = process.argv[2] ?? "../gateway/static";

/** index.html and, from there, every file that is named without being waited for. */
function loaded(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = readFileSync(join(folder, file), "utf8");
  const named = file.endsWith(".html")
    ? [...text.matchAll(/(?:src|href)="\/(assets\/[^"]+\.(?:js|css))"/g)].map((match) => match[1])
    : [...text.matchAll(/(?:\bfrom|\bimport)\s*"\.\/([^"]+\.js)"/g)].map((match) => `assets/${match[1]}`);
  for (const next of named) loaded(next, seen);
  return seen;
}

const sizes = [...loaded("index.html")].map((file) => [file, gzipSync(readFileSync(join(folder, file))).length]);
const sum = sizes.reduce((all, [, size]) => all + size, 0);
for (const [file, size] of sizes) console.log(`${(size / 1024).toFixed(1).padStart(7)} KiB  ${file}`);
console.log(`${(sum / 1024).toFixed(1).padStart(7)} KiB  of ${MOST / 1024} KiB`);
if (sum > MOST) {
  console.error("the page loads too much at first; import what is heavy where it is used");
  process.exit(1);
}
