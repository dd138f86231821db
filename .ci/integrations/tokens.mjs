// npm's jose against a running server: see tokens.py.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { SignJWT, createRemoteJWKSet, importJWK, jwtVerify } from 'jose';

const [directory, base] = process.argv.slice(2);
const issuer = 'https://soc.example.org';
const audience = `${issuer}/api`;

async function prove(assertion) {
  const body = new URLSearchParams({
    grant_type: 'client_credentials',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: assertion,
  });
  const answer = await fetch(`${base}/sts/token`, { method: 'POST', body });
  return [answer.status, await answer.json()];
}

const keys = createRemoteJWKSet(new URL(`${base}/sts/jwks`));
for (const algorithm of ['ES256', 'RS256', 'EdDSA']) {
  const key = await importJWK(JSON.parse(readFileSync(`${directory}/${algorithm}.json`, 'utf8')), algorithm);
  const service = algorithm.toLowerCase();
  const sign = (to) =>
    new SignJWT({})
      .setProtectedHeader({ alg: algorithm })
      .setIssuer(service)
      .setSubject(service)
      .setAudience(to)
      .setJti(randomUUID())
      .setIssuedAt()
      .setExpirationTime('1m')
      .sign(key);
  assert.notEqual((await prove(await sign('https://evil.example')))[0], 200);
  const [status, answer] = await prove(await sign(issuer));
  assert.equal(status, 200, JSON.stringify(answer));
  const required = { issuer, audience, typ: 'at+jwt', algorithms: ['ES256'], requiredClaims: ['client_id', 'jti', 'sub'] };
  const { payload } = await jwtVerify(answer.access_token, keys, required);
  assert.equal(payload.sub, service);
  await assert.rejects(jwtVerify(answer.access_token, keys, { ...required, audience: 'https://other.example' }));
  await assert.rejects(jwtVerify(`${answer.access_token.slice(0, -4)}AAAA`, keys, required));
}
console.log("npm's jose agrees with us");
