// Bundles the chat and the desk, each with the hash that pages name. `--check` builds into memory and fails when a committed bundle is not what its source makes.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";

const bundles = [
  { source: "bot/widget/src/chat.js", target: "bot/widget/built/chat.js" },
  { source: "handoff/console/src/desk.js", target: "handoff/console/static/desk.js" },
];
const check = process.argv.includes("--check");
let stale = 0;

for (const { source, target } of bundles) {
  const options = { entryPoints: [source], bundle: true, minify: true, format: "esm", target: "es2022" };
  const result = await build({ ...options, write: false, legalComments: "eof" });
  const made = result.outputFiles[0].text;
  const hash = `sha384-${createHash("sha384").update(made).digest("base64")}\n`;
  if (!check) {
    writeFileSync(target, made);
    writeFileSync(`${target}.sha384`, hash);
    console.log(`${target}  ${(made.length / 1024).toFixed(1)} kB`);
  } else if (readCommitted(target) !== made || readCommitted(`${target}.sha384`) !== hash) {
    stale += 1;
    console.error(`${target} is not what ${source} makes; run: npm run build`);
  }
}
process.exit(stale ? 1 : 0);

function readCommitted(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}
