// Fails when a chunk outgrows its budget. The main chunk is the entry with everything it imports statically.
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const MAIN_KB = 220;
const LAZY_KB = 280;

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const manifest = JSON.parse(await readFile(`${dist}.vite/manifest.json`, 'utf8'));

const gzipKb = async (file) => gzipSync(await readFile(dist + file)).length / 1024;

function staticImports(key, seen = new Set()) {
  if (seen.has(key)) return seen;
  seen.add(key);
  for (const next of manifest[key].imports ?? []) staticImports(next, seen);
  return seen;
}

const scripts = Object.keys(manifest).filter((key) => manifest[key].file.endsWith('.js'));
const entry = scripts.find((key) => manifest[key].isEntry);
const main = staticImports(entry);

let mainKb = 0;
for (const key of main) mainKb += await gzipKb(manifest[key].file);

const rows = [];
for (const key of scripts) {
  if (!main.has(key)) rows.push({ file: manifest[key].file, kb: await gzipKb(manifest[key].file) });
}
rows.sort((a, b) => b.kb - a.kb);

console.log(`main   ${mainKb.toFixed(1)} KB of ${MAIN_KB} (${main.size} files)`);
for (const row of rows.slice(0, 12)) console.log(`lazy   ${row.kb.toFixed(1)} KB of ${LAZY_KB}  ${row.file}`);

const heavy = rows.filter((row) => row.kb > LAZY_KB);
if (mainKb > MAIN_KB || heavy.length > 0) {
  console.error('A budget is exceeded.');
  process.exit(1);
}
