// Bundles the chat and the desk, each with the hash that pages name. `--check` builds into memory and fails when a committed
// bundle is not what its source makes, or when one that is put on other people's pages has become too large for them.
import { build } from "esbuild";
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { gzipSync } from "node:zlib";

const TOKENS = "handoff/console/static/tokens.css";

// In this order: the launcher names the panel by its hash. `most` is in bytes, compressed by gzip.
const bundles = [
  { source: "bot/widget/src/chat.js", target: "bot/widget/built/chat.js" },
  { source: "bot/widget/src/panel.js", target: "bot/widget/built/panel.js", most: 30_000 },
  { source: "bot/widget/src/launcher.js", target: "bot/widget/built/widget.js", most: 3_000, format: "iife", define: launcherNames },
  { source: "handoff/console/src/desk.js", target: "handoff/console/static/desk.js" },
];
const check = process.argv.includes("--check");
const made = new Map(); // by target
let wrong = 0;

for (const { source, target, most, format = "esm", define = () => ({}) } of bundles) {
  const options = { entryPoints: [source], bundle: true, minify: true, format, target: "es2022", define: define(), plugins: [{ name: "tokens", setup: tokens }] };
  const result = await build({ ...options, write: false, legalComments: "eof" });
  const text = result.outputFiles[0].text;
  const hash = `sha384-${createHash("sha384").update(text).digest("base64")}\n`;
  made.set(target, { text, hash });
  const size = gzipSync(text, { level: 9 }).length;
  if (most && size > most) complain(`${target} has ${size} bytes compressed; at most ${most} may come to a page of somebody else`);
  if (!check) {
    writeFileSync(target, text);
    writeFileSync(`${target}.sha384`, hash);
    console.log(`${target}  ${(text.length / 1000).toFixed(1)} kB, compressed ${(size / 1000).toFixed(2)} kB`);
  } else if (readCommitted(target) !== text || readCommitted(`${target}.sha384`) !== hash) {
    complain(`${target} is not what ${source} makes; run: npm run build`);
  }
}
process.exit(wrong ? 1 : 0);

function complain(words) {
  wrong += 1;
  console.error(words);
}

function readCommitted(file) {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return "";
  }
}

/** The desk's tokens for an element on somebody else's page: the same names, but on the element itself; light or dark is the
 * page's choice there. */
function tokens(building) {
  building.onLoad({ filter: /tokens\.css$/ }, () => ({
    contents: `import { css } from "lit"; export default css\`:host{${tokenBlock().replace(/\s*\n\s*/g, "")}}\`;`,
    loader: "js",
    resolveDir: import.meta.dirname,
  }));
}

function tokenBlock() {
  return /^:root \{\n(  --surface-0[^}]*)\}/m.exec(readFileSync(TOKENS, "utf8"))[1];
}

/** What the launcher has in common with the rest, put in when it is built. */
function launcherNames() {
  const token = (name) => JSON.stringify(new RegExp(`--${name}: (.+);`).exec(tokenBlock())[1]);
  const panel = made.get("bot/widget/built/panel.js");
  const version = createHash("sha256").update(panel.hash.trim()).digest("hex").slice(0, 12); // as handoff/bundles.py
  return {
    ACCENT: token("accent"), ACCENT_TEXT: token("accent-text"), SHADE: token("shade"), BAD: token("bad"), BAD_TEXT: token("surface-1"),
    PANEL: JSON.stringify(`/static/chat/panel.js?${version}`),
  };
}
