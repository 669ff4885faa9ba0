// Bundles the style sheets and scripts into archive_service/web/static/dist: names that carry the hash of
// their content, a manifest that says which name is current, and every text file compressed beforehand.
import { createHash } from "node:crypto";
import { mkdir, readFile, readdir, rm, writeFile } from "node:fs/promises";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import * as esbuild from "esbuild";

const here = path.dirname(fileURLToPath(import.meta.url));
const root = path.dirname(here);
const dist = path.join(root, "archive_service", "web", "static", "dist");
const sprite = path.join(here, "icons.txt");
const outlines = path.join(root, "node_modules", "@tabler", "icons", "icons", "outline");

const hashed = (content) => createHash("sha256").update(content).digest("hex").slice(0, 10);

/** One SVG of <symbol>s, so that a page names an icon and the browser keeps the drawing. */
async function icons() {
  const names = (await readFile(sprite, "utf8")).split("\n").filter((line) => line && !line.startsWith("#"));
  const symbols = await Promise.all(
    names.map(async (name) => {
      const svg = await readFile(path.join(outlines, `${name}.svg`), "utf8");
      const drawing = svg
        .slice(svg.indexOf(">") + 1, svg.lastIndexOf("</svg>"))
        .replace(/<path stroke="none" d="M0 0h24v24H0z" fill="none" \/>/, "")
        .replace(/\s*\n\s*/g, "");
      return `<symbol id="${name}" viewBox="0 0 24 24">${drawing}</symbol>`;
    }),
  );
  return `<svg xmlns="http://www.w3.org/2000/svg">${symbols.join("")}</svg>`;
}

async function compressed(file) {
  const content = await readFile(file);
  await writeFile(`${file}.gz`, gzipSync(content, { level: 9 }));
  await writeFile(
    `${file}.br`,
    brotliCompressSync(content, { params: { [constants.BROTLI_PARAM_QUALITY]: 11 } }),
  );
}

await rm(dist, { recursive: true, force: true });
await mkdir(dist, { recursive: true });

const manifest = {};
const { metafile } = await esbuild.build({
  absWorkingDir: root,
  entryPoints: ["app.js", "app.css", "viewer.js", "upload.js", "scans.js", "charts.js", "compare.js", "desk.js", "lending.js", "places.js"].map((name) => `frontend/${name}`),
  outdir: dist,
  entryNames: "[name]-[hash]",
  assetNames: "[name]-[hash]",
  bundle: true,
  minify: true,
  format: "iife",
  target: ["chrome100", "firefox100", "safari15"],
  charset: "utf8",
  legalComments: "linked",
  loader: { ".svg": "file", ".png": "file" },
  metafile: true,
  logLevel: "warning",
});
for (const [output, { entryPoint }] of Object.entries(metafile.outputs)) {
  if (entryPoint) manifest[path.basename(entryPoint)] = path.basename(output);
}

const drawn = await icons();
manifest["icons.svg"] = `icons-${hashed(drawn)}.svg`;
await writeFile(path.join(dist, manifest["icons.svg"]), drawn);
const favicon = await readFile(path.join(here, "favicon.svg"));
manifest["favicon.svg"] = `favicon-${hashed(favicon)}.svg`;
await writeFile(path.join(dist, manifest["favicon.svg"]), favicon);

// For marks on pictures of pages, drawn by the service: the whole font, since any character may stand in a name.
const fonts = path.join(root, "node_modules", "@expo-google-fonts", "noto-sans-sc");
const font = await readFile(path.join(fonts, "400Regular", "NotoSansSC_400Regular.ttf"));
manifest["marks.ttf"] = `marks-${hashed(font)}.ttf`;
await writeFile(path.join(dist, manifest["marks.ttf"]), font);
const fontLicence = await readFile(path.join(fonts, "LICENSE_FONT"));
await writeFile(path.join(dist, "marks.LEGAL.txt"), fontLicence);

for (const name of await readdir(dist)) {
  if (/\.(js|css|svg)$/.test(name)) await compressed(path.join(dist, name));
}
// Written last: a manifest that is there names only files that are there.
await writeFile(path.join(dist, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
