import type { Page } from '@playwright/test';
import { Provider, type Vouched } from './support/provider';
import { command, freePort, type Server, startServer } from './support/server';
import { expect, refusal, test } from './support/test';
import type { Credentials } from './support/world';

const ADMIN: Credentials = { email: 'admin@cibercase.local', password: 'nine-lanterns-along-the-south-quay' };

const vouched = (sub: string, more: Partial<Vouched> = {}): Vouched => ({
  sub,
  email: `${sub}@example.org`,
  email_verified: true,
  name: `Person ${sub}`,
  ...more,
});

test.describe('a provider', () => {
  test.use({ complaints: [refusal(401, 403)], contextOptions: { ignoreHTTPSErrors: true } });

  let provider: Provider;
  let server: Server;
  let url: string;

  test.beforeAll(async () => {
    provider = await Provider.start();
    const port = await freePort();
    url = `http://localhost:${port}`;
    const settings = { CIBERCASE_PUBLIC_URL: url, ...provider.settings };
    const secrets = { 'oidc-example': 'of tests & nobody else' };
    server = await startServer(ADMIN.password, settings, { listen: `127.0.0.1:${port}`, secrets });
    await command(server, 'organization', 'add', 'Acme');
  });
  test.afterAll(async () => {
    await server?.stop();
    await provider?.stop();
  });

  async function through(page: Page): Promise<void> {
    await page.goto('/sign-in');
    await page.getByRole('button', { name: 'Sign in with Example' }).click();
  }

  test('lets somebody new in, to where they were going', async ({ as }) => {
    const page = await as(null, { baseURL: url });
    provider.person = vouched('lucia');
    await page.goto('/alerts');
    await page.getByRole('button', { name: 'Sign in with Example' }).click();
    await expect(page.getByRole('heading', { name: 'Alerts' })).toBeVisible();
    await page.goto('/profile');
    await expect(page.getByText('Person lucia')).toBeVisible();
    const panel = page.getByRole('region', { name: 'Sign-in' });
    await expect(panel.getByText('a provider', { exact: true })).toBeVisible();
    await expect(page.getByText('You sign in through a provider')).toBeVisible();
    await expect(page.getByLabel('Current password')).toHaveCount(0);
  });

  test('that does not let somebody in, or knows too little of them, leads back to the sign-in', async ({ as }) => {
    const page = await as(null, { baseURL: url });
    provider.person = null;
    await through(page);
    await expect(page.getByRole('heading', { name: 'Sign-in failed' })).toBeVisible();
    await expect(page.getByRole('alert')).toBeVisible();
    expect(new URL(page.url()).search, 'neither history nor a reload has what was brought').toBe('');
    provider.person = vouched('mario', { email_verified: false });
    await page.getByRole('link', { name: 'Back to sign-in' }).click();
    await page.getByRole('button', { name: 'Sign in with Example' }).click();
    await expect(page.getByRole('alert')).toContainText('has not verified your address');
    provider.person = vouched('nobody', { email: ADMIN.email });
    await through(page);
    await expect(page.getByRole('alert')).toContainText('sign in with your password');
  });

  test('is linked by the person of the account, signs them in, and is unlinked', async ({ as }) => {
    const page = await as(null, { baseURL: url });
    provider.person = vouched('ana', { email: ADMIN.email });
    await page.goto('/sign-in?to=/profile');
    await page.getByLabel('Email').fill(ADMIN.email);
    await page.getByLabel('Password', { exact: true }).fill(ADMIN.password);
    await page.getByRole('button', { name: 'Sign in', exact: true }).click();
    const panel = page.getByRole('region', { name: 'Sign-in' });
    await panel.getByRole('button', { name: 'Link Example' }).click();
    await expect(panel.getByText('Linked')).toBeVisible();

    const elsewhere = await as(null, { baseURL: url });
    await through(elsewhere);
    await expect(elsewhere.getByRole('heading', { name: 'Queue' })).toBeVisible();

    await panel.getByRole('button', { name: 'Unlink Example' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Unlink' }).click();
    await expect(panel.getByRole('button', { name: 'Link Example' })).toBeVisible();
    await elsewhere.context().clearCookies();
    await through(elsewhere);
    await expect(elsewhere.getByRole('alert')).toContainText('sign in with your password');
  });
});
