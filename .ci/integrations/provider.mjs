// A provider that lets everybody in under the name that they give.
import { generateKeyPairSync } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:https';
import Provider from 'oidc-provider';

const [, , directory, base] = process.argv;
const ALGORITHMS = ['RS256', 'PS256', 'ES256', 'EdDSA'];

function key(alg) {
  const kinds = {
    RS256: ['rsa', { modulusLength: 2048 }],
    PS256: ['rsa', { modulusLength: 2048 }],
    ES256: ['ec', { namedCurve: 'P-256' }],
    EdDSA: ['ed25519', {}],
  };
  const [kind, options] = kinds[alg];
  const { privateKey } = generateKeyPairSync(kind, options);
  return { ...privateKey.export({ format: 'jwk' }), alg, use: 'sig', kid: `key-${alg}` };
}

const file = (name) => readFileSync(`${directory}/${name}`);
const server = createServer({ key: file('localhost.key'), cert: file('localhost.pem') });
server.listen(0, 'localhost', () => {
  const issuer = `https://localhost:${server.address().port}`;
  const clients = ALGORITHMS.map((alg) => ({
    client_id: alg.toLowerCase(),
    client_secret: 'of tests & nobody else',
    redirect_uris: [`${base}/sign-in/callback/${alg.toLowerCase()}`],
    id_token_signed_response_alg: alg,
    application_type: 'web',
  }));
  const provider = new Provider(issuer, {
    clients,
    jwks: { keys: ALGORITHMS.map(key) },
    enabledJWA: { idTokenSigningAlgValues: ALGORITHMS },
    cookies: { keys: ['only tests sign with this'] },
    pkce: { required: () => true },
    claims: { openid: ['sub'], email: ['email', 'email_verified'], profile: ['name'] },
    findAccount: (_, id) => ({
      accountId: id,
      claims: () => ({ sub: id, email: `${id}@example.org`, email_verified: !id.startsWith('unverified'), name: `The ${id}` }),
    }),
  });
  server.on('request', provider.callback());
  console.log(`listening at ${issuer}`);
});
