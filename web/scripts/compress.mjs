// Writes .br and .gz beside every compressible file of dist/, so that the server sends bytes it never has to squeeze.
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { extname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { brotliCompressSync, constants, gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist', import.meta.url));
const compressible = new Set(['.js', '.css', '.svg', '.json', '.txt', '.map']);

const entries = await readdir(dist, { recursive: true, withFileTypes: true });
for (const entry of entries) {
  if (!entry.isFile() || !compressible.has(extname(entry.name))) continue;
  const path = join(entry.parentPath, entry.name);
  const bytes = await readFile(path);
  // Below one packet a compressed copy saves nothing.
  if (bytes.length < 1024) continue;
  await writeFile(`${path}.gz`, gzipSync(bytes, { level: 9 }));
  const quality = bytes.length > 600_000 ? 9 : 11;
  await writeFile(`${path}.br`, brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: quality } }));
}
