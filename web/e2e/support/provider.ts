import { execFile } from 'node:child_process';
import { createHash, generateKeyPairSync, type KeyObject, randomUUID, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server as HttpsServer } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const NEW_KEY = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];

/** Whom the provider vouches for. */
export interface Vouched {
  sub: string;
  email: string;
  email_verified: boolean;
  name: string;
}

interface Code {
  nonce: string;
  challenge: string;
  person: Vouched;
}

/** A provider of OpenID Connect that lets in whom a test names, without a page of its own. */
export class Provider {
  /** Who comes next; null is let in nowhere. */
  person: Vouched | null = null;
  private readonly codes = new Map<string, Code>();

  private constructor(
    private readonly server: HttpsServer,
    private readonly directory: string,
    private readonly key: { privateKey: KeyObject; publicKey: KeyObject },
  ) {
    server.on('request', (request, response) => void this.answer(request, response));
  }

  static async start(): Promise<Provider> {
    const directory = mkdtempSync(join(tmpdir(), 'cibercase-provider-'));
    const file = (name: string) => join(directory, name);
    writeFileSync(file('extensions'), 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n');
    const authority = ['-x509', '-days', '2', '-subj', '/CN=tests', '-keyout', file('ca.key'), '-out', file('ca.pem')];
    await run('openssl', ['req', ...NEW_KEY, ...authority]);
    await run('openssl', [
      'req',
      ...NEW_KEY,
      '-subj',
      '/CN=localhost',
      '-keyout',
      file('key'),
      '-out',
      file('request'),
    ]);
    const signed = ['-CA', file('ca.pem'), '-CAkey', file('ca.key'), '-CAcreateserial', '-extfile', file('extensions')];
    await run('openssl', [
      'x509',
      '-req',
      '-days',
      '2',
      '-in',
      file('request'),
      ...signed,
      '-out',
      file('certificate'),
    ]);
    const server = createServer({ key: readFileSync(file('key')), cert: readFileSync(file('certificate')) });
    await new Promise<void>((done) => server.listen(0, 'localhost', done));
    return new Provider(server, directory, generateKeyPairSync('ec', { namedCurve: 'P-256' }));
  }

  async stop(): Promise<void> {
    this.server.closeAllConnections();
    await new Promise((done) => this.server.close(done));
    rmSync(this.directory, { recursive: true, force: true });
  }

  get issuer(): string {
    const address = this.server.address();
    if (!address || typeof address === 'string') throw new Error('The provider does not listen.');
    return `https://localhost:${address.port}`;
  }

  /** The settings that make it a provider of the server under test. */
  get settings(): Record<string, string> {
    const fields = {
      id: 'example',
      label: 'Example',
      issuer: this.issuer,
      client_id: 'cibercase',
      egress: '127.0.0.0/8, ::1/128',
      ca_file: join(this.directory, 'ca.pem'),
    };
    const one = Object.entries(fields).map(([name, value]) => `${name}=${JSON.stringify(value)}`);
    return { CIBERCASE_SIGN_IN__PROVIDERS: `[{${one.join(',')},new_people={organization="acme",role="analyst"}}]` };
  }

  private async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', this.issuer);
    if (url.pathname === '/authorize') return this.authorize(url.searchParams, response);
    if (url.pathname === '/token') return send(response, this.token(await form(request)));
    if (url.pathname === '/keys') {
      return send(response, {
        keys: [{ ...this.key.publicKey.export({ format: 'jwk' }), kid: 'one', alg: 'ES256', use: 'sig' }],
      });
    }
    send(response, {
      issuer: this.issuer,
      authorization_endpoint: `${this.issuer}/authorize`,
      token_endpoint: `${this.issuer}/token`,
      jwks_uri: `${this.issuer}/keys`,
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
      id_token_signing_alg_values_supported: ['ES256'],
      code_challenge_methods_supported: ['S256'],
      authorization_response_iss_parameter_supported: true,
    });
  }

  private authorize(asked: URLSearchParams, response: ServerResponse): void {
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('state', asked.get('state') ?? '');
    back.searchParams.set('iss', this.issuer);
    if (this.person) {
      const code = randomUUID();
      const [nonce, challenge] = [asked.get('nonce') ?? '', asked.get('code_challenge') ?? ''];
      this.codes.set(code, { nonce, challenge, person: this.person });
      back.searchParams.set('code', code);
    } else {
      back.searchParams.set('error', 'access_denied');
    }
    response.writeHead(302, { location: back.href }).end();
  }

  private token(asked: URLSearchParams): object {
    const code = this.codes.get(asked.get('code') ?? '');
    const challenge = createHash('sha256')
      .update(asked.get('code_verifier') ?? '')
      .digest('base64url');
    if (!code || code.challenge !== challenge) return { error: 'invalid_grant' };
    const now = Math.floor(Date.now() / 1000);
    const times = { iat: now, exp: now + 60 };
    const claims = { iss: this.issuer, aud: 'cibercase', nonce: code.nonce, ...times, ...code.person };
    const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url');
    const message = `${part({ alg: 'ES256', kid: 'one' })}.${part(claims)}`;
    const key = { key: this.key.privateKey, dsaEncoding: 'ieee-p1363' } as const;
    const signature = sign('sha256', Buffer.from(message), key).toString('base64url');
    return { access_token: randomUUID(), token_type: 'Bearer', expires_in: 60, id_token: `${message}.${signature}` };
  }
}

async function form(request: IncomingMessage): Promise<URLSearchParams> {
  let text = '';
  for await (const chunk of request) text += chunk;
  return new URLSearchParams(text);
}

function send(response: ServerResponse, body: object): void {
  response.writeHead('error' in body ? 400 : 200, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
