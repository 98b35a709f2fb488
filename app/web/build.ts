// Builds the page: the app, the scripts of the sandbox frame, the worker that keeps the app for when
// there is no network, and packed copies of all of them.
// The frame's scripts are classic ones, since a document of an opaque origin may load no modules.

import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { build, type InlineConfig } from "vite";

const root = import.meta.dirname;
const out = join(root, "../intheloop/web_api/page");
const quiet = { logLevel: "error" } satisfies InlineConfig;

await rm(out, { recursive: true, force: true });
await build({ root, ...quiet, build: { outDir: out, emptyOutDir: true } });
await dropOldFonts();
const frame = await buildFrame();
await buildOffline(frame);
await pack(join(out, "assets"));
await pack(join(out, "frame"));

/** Every browser that runs the page takes the packed form of a font. */
async function dropOldFonts(): Promise<void> {
  for (const name of await readdir(join(out, "assets"))) {
    if (/\.(ttf|woff)$/.test(name)) await rm(join(out, "assets", name));
  }
}

/** The scripts of the frame by name, and its document. */
async function buildFrame(): Promise<Readonly<Record<string, string>>> {
  const folder = join(out, "frame");
  await mkdir(folder, { recursive: true });
  const frame = await script("frame", await classic("src/frame/frame.ts"));
  const vega = await script("vega", await classic("src/frame/vega.ts"));
  const plotly = await script(
    "plotly",
    await readFile(join(root, "node_modules/plotly.js-dist-min/plotly.min.js"), "utf8"),
  );
  const html = await readFile(join(root, "src/frame/frame.html"), "utf8");
  await writeFile(
    join(folder, "frame.html"),
    html.replace("%FRAME%", frame).replace("%VEGA%", vega).replace("%PLOTLY%", plotly),
  );
  return { document: "/frame", frame, vega, plotly };

  async function script(name: string, code: string): Promise<string> {
    const hash = createHash("sha256").update(code).digest("base64url").slice(0, 10);
    await writeFile(join(folder, `${name}-${hash}.js`), code);
    return `/frame/${name}-${hash}.js`;
  }
}

async function buildOffline(frame: Readonly<Record<string, string>>): Promise<void> {
  const files = (await readdir(join(out, "assets"))).sort().map((name) => `/assets/${name}`);
  const index = await readFile(join(out, "index.html"), "utf8");
  const [, entry] = /<script[^>]* src="([^"]+)"/.exec(index) ?? [];
  if (!entry) throw new Error("The document starts no script.");
  const hash = createHash("sha256").update(files.join()).update(index);
  const version = hash.update(JSON.stringify(frame)).digest("base64url");
  const code = await classic("src/offline/worker.ts", {
    PAGE_FILES: JSON.stringify(files),
    PAGE_FRAME: JSON.stringify(frame),
    PAGE_ENTRY: JSON.stringify(entry),
    PAGE_VERSION: JSON.stringify(version.slice(0, 10)),
  });
  await writeFile(join(out, "offline.js"), code);
}

async function classic(
  entry: string,
  define: Readonly<Record<string, string>> = {},
): Promise<string> {
  const built = await build({
    root,
    ...quiet,
    configFile: false,
    define: { "process.env.NODE_ENV": '"production"', ...define },
    build: {
      write: false,
      lib: { entry: join(root, entry), formats: ["iife"], name: "loop" },
    },
  });
  const [first] = Array.isArray(built) ? built : [built];
  if (!first || !("output" in first)) throw new Error(`${entry} gave no output.`);
  return first.output[0].code;
}

async function pack(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/\.(js|css|html|svg)$/.test(name)) continue;
    const bytes = await readFile(join(folder, name));
    if (bytes.length < 1024) continue;
    // The best quality takes seconds for the largest files and spares little more.
    const quality = bytes.length > 1_000_000 ? 5 : 9;
    const params = { [constants.BROTLI_PARAM_QUALITY]: quality };
    await writeFile(join(folder, `${name}.br`), brotliCompressSync(bytes, { params }));
    await writeFile(join(folder, `${name}.gz`), gzipSync(bytes, { level: 9 }));
  }
}
