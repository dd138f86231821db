// The API reader's bundle travels with the application: nothing is loaded from elsewhere.
import { copyFile, mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const require = createRequire(import.meta.url);
const bundle = join(dirname(require.resolve('redoc/package.json')), 'bundles', 'redoc.standalone.js');
const docs = fileURLToPath(new URL('../dist/docs/', import.meta.url));

await mkdir(docs, { recursive: true });
await copyFile(bundle, join(docs, 'redoc.standalone.js'));
