import type { Page } from '@playwright/test';
import { freePort, type Server, startServer } from './support/server';
import { expect, refusal, test } from './support/test';
import { type Credentials, somebody, theWorld } from './support/world';

const PERSON: Credentials = { email: 'admin@cibercase.local', password: 'nine-lanterns-along-the-south-quay' };

/** A telephone of somebody's, in the page's browser. */
async function giveAuthenticator(page: Page): Promise<void> {
  const session = await page.context().newCDPSession(page);
  await session.send('WebAuthn.enable');
  await session.send('WebAuthn.addVirtualAuthenticator', {
    options: {
      protocol: 'ctap2',
      transport: 'internal',
      hasResidentKey: true,
      hasUserVerification: true,
      isUserVerified: true,
      automaticPresenceSimulation: true,
    },
  });
}

async function typePassword(page: Page): Promise<void> {
  await page.getByLabel('Email').fill(PERSON.email);
  await page.getByLabel('Password', { exact: true }).fill(PERSON.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

test.describe('a passkey', () => {
  test.use({ complaints: [refusal(401, 403, 422)] });

  let server: Server;
  let url: string;

  test.beforeAll(async () => {
    // Passkeys belong to a name.
    const port = await freePort();
    url = `http://localhost:${port}`;
    server = await startServer(PERSON.password, { CIBERCASE_PUBLIC_URL: url }, { listen: `127.0.0.1:${port}` });
  });
  test.afterAll(() => server.stop());

  test('is set up, signs in, proves, gets another name and is taken away', async ({ as }) => {
    test.setTimeout(120_000);
    const page = await as(null, { baseURL: url });
    await giveAuthenticator(page);
    await page.goto('/');
    await typePassword(page);
    await expect(page.getByRole('heading', { name: 'Queue' })).toBeVisible();
    await page.goto('/second-factor');
    await page.getByLabel('Name of the passkey').fill('Laptop of the watch');

    // Somebody who declines is told so, and may try again.
    await page.evaluate(() => {
      const { create } = navigator.credentials;
      navigator.credentials.create = () => {
        navigator.credentials.create = create;
        return Promise.reject(new DOMException('declined', 'NotAllowedError'));
      };
    });
    await page.getByRole('button', { name: 'Add passkey' }).click();
    await expect(page.getByRole('alert')).toContainText('it was cancelled');
    await page.getByRole('button', { name: 'Add passkey' }).click();
    await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
    await expect(page.getByRole('listitem')).toHaveCount(10);
    await page.getByRole('button', { name: 'I have saved them' }).click();
    const panel = page.getByRole('region', { name: 'Second factor' });
    await expect(panel.getByText('Laptop of the watch')).toBeVisible();
    await expect(panel.getByText('Not used yet')).toBeVisible();

    // The same device makes no second one.
    await panel.getByRole('link', { name: 'Add another factor' }).click();
    await page.getByLabel('Name of the passkey').fill('The same again');
    await page.getByRole('button', { name: 'Add passkey' }).click();
    await expect(page.getByRole('alert')).toHaveText('That passkey is kept here already');

    await page.context().clearCookies();
    await page.goto('/sign-in');
    await typePassword(page);
    const use = page.getByRole('button', { name: 'Use passkey' });
    await expect(use).toBeFocused();
    await page.getByRole('button', { name: 'Use a recovery code' }).click();
    await expect(page.getByLabel('Recovery code')).toBeVisible();
    await page.getByRole('button', { name: 'Use a passkey' }).click();
    await use.click();
    await expect(page.getByRole('heading', { name: 'Queue' })).toBeVisible();

    await page.goto('/profile');
    await expect(panel.getByText('Not used yet')).toHaveCount(0);
    await panel.getByRole('button', { name: 'Rename Laptop of the watch' }).click();
    await page.getByRole('dialog').getByLabel('Name').fill('Old laptop');
    await page.keyboard.press('Enter');
    await expect(panel.getByText('Old laptop')).toBeVisible();

    // A quarter of an hour passes: the server says so once.
    const act = '**/api/v1/session/second-factor/passkeys/*';
    const context = { proof: 'code', methods: ['passkey'] };
    const body = JSON.stringify({ status: 403, code: 'reauthentication_required', context });
    await page.route(act, (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', body }), {
      times: 1,
    });
    await panel.getByRole('button', { name: 'Remove Old laptop' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    const proof = page.getByRole('dialog', { name: "Confirm it's you" });
    await proof.getByRole('button', { name: 'Use passkey' }).click();
    await expect(panel.getByText('Not set up')).toBeVisible();
    // Before its server, or it would complain of its absence.
    await page.close();
  });
});

test('cannot be set up where the address is no name with TLS, and the page says why', async ({ as }) => {
  const page = await as(await somebody('viewer', theWorld().harbor, 'Nerea Olano'));
  await page.goto('/second-factor');
  await expect(page.getByText('Passkeys need a public https address of this installation')).toBeVisible();
  await expect(page.getByRole('button', { name: 'Add passkey' })).toHaveCount(0);
});
