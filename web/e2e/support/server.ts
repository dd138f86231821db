import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { chmodSync, existsSync, mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';

const TARGET = resolve(import.meta.dirname, '../../../target');
const START_MS = 60_000;

/** The release build if there is one, else the debug build; CIBERCASE_BINARY names another. */
export function findBinary(): string {
  const candidates = process.env.CIBERCASE_BINARY
    ? [process.env.CIBERCASE_BINARY]
    : [join(TARGET, 'release/cibercase'), join(TARGET, 'debug/cibercase')];
  const found = candidates.find((path) => existsSync(path));
  if (!found) throw new Error(`There is no binary at ${candidates.join(' or ')}: build it first.`);
  return found;
}

/** Ours without settings of CiberCase: the server under test runs with its defaults. */
function environment(): NodeJS.ProcessEnv {
  const names = Object.keys(process.env).filter((name) => !name.startsWith('CIBERCASE_') && name !== 'DATABASE_URL');
  return Object.fromEntries(names.map((name) => [name, process.env[name]]));
}

export interface Server {
  url: string;
  binary: string;
  dataDirectory: string;
  pid: number;
  stop: () => Promise<void>;
}

interface Start {
  listen?: string;
  /** Kept before it starts, by name. */
  secrets?: Record<string, string>;
}

/** The real binary on an empty directory, with a database of its own; `settings` come before the usual ones. */
export async function startServer(
  adminPassword: string,
  settings: Record<string, string> = {},
  { listen = '127.0.0.1:0', secrets = {} }: Start = {},
): Promise<Server> {
  const binary = findBinary();
  const directory = mkdtempSync(join(tmpdir(), 'cibercase-e2e-'));
  // The database runs as another user when we are root, and must be able to pass.
  chmodSync(directory, 0o711);
  const dataDirectory = join(directory, 'data');
  let child: ChildProcess | undefined;
  const stop = async () => {
    if (child) await end(child);
    rmSync(directory, { recursive: true, force: true });
  };
  try {
    const syslog = await syslogOf(directory);
    for (const [name, secret] of Object.entries(secrets)) {
      const put = promisify(execFile)(binary, ['--data-dir', dataDirectory, 'secrets', 'put', name], {
        env: environment(),
      });
      put.child.stdin?.end(secret);
      await put;
    }
    child = spawn(binary, ['--data-dir', dataDirectory, 'serve', '--listen', listen], {
      env: { ...environment(), ...syslog, ...settings, CIBERCASE_ADMIN_PASSWORD: adminPassword, LOG_LEVEL: 'warn' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const url = await announcedAddress(child);
    await ready(url);
    return { url, binary, dataDirectory, pid: child.pid ?? 0, stop };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** For a server whose address is known before it starts. */
export async function freePort(): Promise<number> {
  const listener = createServer();
  await new Promise<void>((done) => listener.listen(0, '127.0.0.1', done));
  const address = listener.address();
  await new Promise((done) => listener.close(done));
  if (!address || typeof address === 'string') throw new Error('There is no free port.');
  return address.port;
}

/** Every transport of syslog, beside whatever else takes it on this machine, with a certificate of its own. */
async function syslogOf(directory: string): Promise<Record<string, string>> {
  const [key, certificate] = [join(directory, 'syslog.key'), join(directory, 'syslog.pem')];
  const kind = ['-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes', '-days', '365'];
  const name = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=IP:127.0.0.1'];
  await promisify(execFile)('openssl', ['req', ...kind, ...name, '-keyout', key, '-out', certificate]);
  const anyPort = '127.0.0.1:0';
  return {
    // A machine that is busy with tests is no finding of theirs.
    CIBERCASE_MONITORING__FULL_PERCENT: '100',
    CIBERCASE_INGEST__UDP: anyPort,
    CIBERCASE_INGEST__TCP: anyPort,
    CIBERCASE_INGEST__TLS: anyPort,
    CIBERCASE_INGEST__TLS_CERTIFICATE_FILE: certificate,
    CIBERCASE_INGEST__TLS_KEY_FILE: key,
  };
}

/** The server says where it listens once it does. */
function announcedAddress(child: ChildProcess): Promise<string> {
  return new Promise((done, fail) => {
    const timer = setTimeout(() => fail(new Error('The server did not start within a minute.')), START_MS);
    child.once('error', fail);
    child.once('exit', (code) => fail(new Error(`The server ended with ${code} before it was ready.`)));
    if (!child.stdout) return fail(new Error('The server has no output.'));
    createInterface({ input: child.stdout }).on('line', (line) => {
      const url = /CiberCase is at (http:\S+)/.exec(line)?.[1];
      if (!url) return;
      clearTimeout(timer);
      done(url);
    });
  });
}

async function ready(url: string): Promise<void> {
  const until = Date.now() + START_MS;
  while (Date.now() < until) {
    const answer = await fetch(`${url}/health/ready`).catch(() => null);
    if (answer?.ok) return;
    await new Promise((next) => setTimeout(next, 25));
  }
  throw new Error('The server never became ready.');
}

function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((done) => {
    child.once('exit', () => done());
    child.kill('SIGTERM');
  });
}

/** What the command line answers on that server's directory. */
export async function command(server: Pick<Server, 'binary' | 'dataDirectory'>, ...args: string[]): Promise<unknown> {
  const all = ['--json', '--data-dir', server.dataDirectory, ...args];
  const { stdout } = await promisify(execFile)(server.binary, all, { env: environment() });
  return JSON.parse(stdout);
}
