// Somebody with a browser: signs in through the provider, links an account, and is refused where they should be.
import assert from 'node:assert/strict';

const [, , base] = process.argv;
const PASSWORD = 'tests know this password by heart';

/** Cookies of one browser, for each origin. */
class Browser {
  #jars = new Map();

  async send(address, { form, json, method = form || json ? 'POST' : 'GET' } = {}) {
    const { origin } = new URL(address);
    const jar = this.#jars.get(origin) ?? new Map();
    this.#jars.set(origin, jar);
    const headers = { cookie: [...jar].map(([name, value]) => `${name}=${value}`).join('; '), origin };
    if (json) headers['content-type'] = 'application/json';
    const body = form ? new URLSearchParams(form) : json && JSON.stringify(json);
    const answer = await fetch(address, { method, headers, body, redirect: 'manual' });
    for (const line of answer.headers.getSetCookie()) {
      const [, name, value] = line.match(/^([^=]+)=([^;]*)/);
      if (value) jar.set(name, value);
      else jar.delete(name);
    }
    return answer;
  }

  /** Follows the provider through its forms, to the address that we are sent back to. */
  async through(address, login) {
    for (let steps = 0; steps < 20; steps += 1) {
      if (address.startsWith(`${base}/`)) return new URL(address);
      let answer = await this.send(address);
      if (answer.status === 200) {
        const page = await answer.text();
        const [, prompt] = page.match(/name="prompt" value="(\w+)"/);
        const [, action] = page.match(/action="([^"]+)"/);
        const form = prompt === 'login' ? { prompt, login, password: 'any' } : { prompt };
        answer = await this.send(new URL(action, address).href, { form });
      }
      assert.ok(answer.headers.get('location'), `${answer.status} at ${address}: ${await answer.text()}`);
      address = new URL(answer.headers.get('location'), address).href;
    }
    throw new Error('the provider leads in circles');
  }

  async arrive(path, id, login) {
    const begun = await this.send(`${base}/api/v1/session/${path}/${id}`, { json: {} });
    assert.equal(begun.status, 200, await begun.clone().text());
    const back = await this.through((await begun.json()).authorization_url, login);
    assert.equal(back.pathname, `/sign-in/callback/${id}`);
    const brought = Object.fromEntries(back.searchParams);
    const answer = await this.send(`${base}/api/v1/session/${path}/${id}/callback`, { json: brought });
    return { answer, brought };
  }
}

for (const id of ['rs256', 'ps256', 'es256', 'eddsa']) {
  const browser = new Browser();
  const { answer, brought } = await browser.arrive('providers', id, `lucia-${id}`);
  assert.equal(answer.status, 200, await answer.clone().text());
  const me = await answer.json();
  assert.equal(me.user.email, `lucia-${id}@example.org`);
  assert.equal(me.organizations[0].slug, 'acme');
  const session = await browser.send(`${base}/api/v1/session`);
  assert.equal(session.status, 200);
  const again = await browser.send(`${base}/api/v1/session/providers/${id}/callback`, { json: brought });
  assert.equal(again.status, 401, 'what was brought once is over');
}

const unverified = await new Browser().arrive('providers', 'es256', 'unverified');
assert.equal(unverified.answer.status, 403);
assert.equal((await unverified.answer.json()).code, 'email_not_verified');

// An account that is there is opened by its password until it is linked.
const ana = new Browser();
const admin = new Browser();
const signIn = (browser, email, password) => browser.send(`${base}/api/v1/session`, { json: { email, password } });
assert.equal((await signIn(admin, 'admin@cibercase.local', PASSWORD)).status, 200);
const [acme] = (await (await admin.send(`${base}/api/v1/session`)).json()).organizations.filter(({ slug }) => slug === 'acme');
const draft = {
  email: 'ana@example.org',
  display_name: 'Ana',
  password: 'a first password of four words',
  memberships: [{ organization_id: acme.id, role: 'analyst' }],
};
const created = await admin.send(`${base}/api/v1/users`, { json: draft });
assert.equal(created.status, 201, await created.clone().text());
const before = await new Browser().arrive('providers', 'es256', 'ana');
assert.equal((await before.answer.json()).code, 'link_required');
assert.equal((await signIn(ana, draft.email, draft.password)).status, 200);
const changed = await ana.send(`${base}/api/v1/session/password`, {
  json: { current_password: draft.password, new_password: PASSWORD },
});
assert.ok(changed.ok, await changed.clone().text());
const linked = await ana.arrive('links', 'es256', 'ana');
assert.equal(linked.answer.status, 204, await linked.answer.clone().text());
const after = await new Browser().arrive('providers', 'es256', 'ana');
assert.equal(after.answer.status, 200, await after.answer.clone().text());
assert.equal((await after.answer.json()).user.display_name, 'Ana');

console.log('oidc-provider: RS256, PS256, ES256 and EdDSA sign people in; an account is linked by its person');
