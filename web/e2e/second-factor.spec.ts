import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { Page } from '@playwright/test';
import { startServer } from './support/server';
import { expect, refusal, test } from './support/test';
import { admin, type Credentials, somebody, theWorld } from './support/world';

/** What an authenticator app shows now, or so many half minutes later (RFC 6238). */
function codeOf(secret: string, later = 0): string {
  const bits = [...secret].map((letter) =>
    'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567'.indexOf(letter).toString(2).padStart(5, '0'),
  );
  const bytes = bits.join('').match(/.{8}/g) ?? [];
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(Math.floor(Date.now() / 30_000) + later));
  const tag = createHmac('sha1', Buffer.from(bytes.map((byte) => Number.parseInt(byte, 2))))
    .update(counter)
    .digest();
  const offset = (tag.at(-1) ?? 0) & 15;
  return String((tag.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

async function typePassword(page: Page, person: Credentials): Promise<void> {
  await page.getByLabel('Email').fill(person.email);
  await page.getByLabel('Password', { exact: true }).fill(person.password);
  await page.getByRole('button', { name: 'Sign in' }).click();
}

/** From the enrolment page on: the secret and the recovery codes. */
async function enrol(page: Page): Promise<{ secret: string; codes: string[] }> {
  await page.getByRole('button', { name: 'Use an app' }).click();
  await expect(page.getByRole('img', { name: 'QR code for the authenticator app' })).toBeVisible();
  const secret = (await page.getByText(/^([A-Z2-7]{4} ){7}[A-Z2-7]{4}$/).innerText()).replaceAll(' ', '');
  await page.getByLabel('Code that the app shows').fill(codeOf(secret));
  await page.getByRole('button', { name: 'Confirm' }).click();
  await expect(page.getByRole('heading', { name: 'Save your recovery codes' })).toBeVisible();
  const codes = await page.getByRole('listitem').allInnerTexts();
  expect(codes).toHaveLength(10);
  await page.getByRole('button', { name: 'I have saved them' }).click();
  return { secret, codes };
}

test.describe('a second factor', () => {
  test.use({ complaints: [refusal(401, 403)] });

  test('is set up, asked for, replaced by a recovery code and taken away', async ({ as }) => {
    const person = await somebody('analyst', theWorld().harbor, 'Leire Urrutia');
    const page = await as(person);
    await page.goto('/profile');
    await page.getByRole('link', { name: 'Set up' }).click();
    const { secret, codes } = await enrol(page);
    const panel = page.getByRole('region', { name: 'Second factor' });
    await expect(panel.getByText('Recovery codes left')).toBeVisible();

    const other = await as(null);
    await other.goto('/');
    await typePassword(other, person);
    const code = other.getByLabel('Code', { exact: true });
    await expect(code).toBeFocused();
    await expect(code).toHaveAttribute('autocomplete', 'one-time-code');
    await code.fill('000000');
    await other.keyboard.press('Enter');
    await expect(other.getByRole('alert')).toHaveText('The code is wrong, over, or was used before');
    // The code of the enrolment is used up: the next half minute's is tolerated already.
    await code.fill(codeOf(secret, 1));
    await other.keyboard.press('Enter');
    await expect(other.getByRole('heading', { name: 'Queue' })).toBeVisible();

    const third = await as(null);
    await third.goto('/');
    await typePassword(third, person);
    await third.getByRole('button', { name: 'I do not have the app: use a recovery code' }).click();
    await third.getByLabel('Recovery code').fill(codes[0] ?? '');
    await third.keyboard.press('Enter');
    await expect(third.getByRole('heading', { name: 'Queue' })).toBeVisible();

    await page.reload();
    await expect(panel.getByText('9', { exact: true })).toBeVisible();
    await panel.getByRole('button', { name: 'Remove the app' }).click();
    await page.getByRole('dialog').getByRole('button', { name: 'Remove' }).click();
    await expect(panel.getByText('Not set up')).toBeVisible();
  });

  test('of who lost the telephone is taken away by an administrator', async ({ as }) => {
    const person = await somebody('viewer', theWorld().harbor, 'Mikel Otero');
    const page = await as(person);
    await page.goto('/second-factor');
    await enrol(page);
    await expect(page.getByRole('heading', { name: 'My profile' })).toBeVisible();
    const desk = await as(theWorld().admin);
    await desk.goto('/users');
    await desk.getByRole('row').filter({ hasText: 'Mikel Otero' }).click();
    await desk.getByRole('button', { name: 'Take second factor away' }).click();
    await desk.getByRole('dialog').getByRole('button', { name: 'Take second factor away' }).click();
    await expect(desk.getByRole('button', { name: 'Take second factor away' })).toHaveCount(0);
    const { items } = await (await admin()).get('/users?limit=200');
    expect(items.find(({ id }: { id: string }) => id === person.id).has_second_factor).toBe(false);
  });

  test('that a role asks for is set up before anything else opens', async ({ as }) => {
    test.setTimeout(180_000);
    const directory = mkdtempSync(join(tmpdir(), 'cibercase-policies-'));
    const file = join(directory, 'policies.yaml');
    const shipped = readFileSync(resolve(import.meta.dirname, '../../config/iam_policies.yaml'), 'utf8');
    const everything = '    permissions: ["*"]\n';
    expect(shipped).toContain(everything);
    writeFileSync(file, shipped.replace(everything, `${everything}    restrictions:\n      requires_mfa: true\n`));
    const person = { email: 'admin@cibercase.local', password: 'seven-anchors-below-the-north-pier' };
    const server = await startServer(person.password, { CIBERCASE_IAM_POLICIES_FILE: file });
    try {
      const page = await as(null, { baseURL: server.url });
      await page.goto('/');
      await typePassword(page, person);
      await expect(page.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible();
      await page.goto('/users');
      await expect(page.getByRole('heading', { name: 'Set up a second factor' })).toBeVisible();
      await enrol(page);
      await expect(page.getByRole('heading', { name: 'Queue' })).toBeVisible();
      // Before its server, or it would complain of its absence.
      await page.close();
    } finally {
      await server.stop();
      rmSync(directory, { recursive: true });
    }
  });
});

test.describe('a dangerous act', () => {
  test.use({ complaints: [refusal(403, 422)] });

  test('asks for the password over the page and then goes on', async ({ as }) => {
    const person = await somebody('analyst', theWorld().harbor, 'Aitor Lasa');
    const page = await as(person);
    await page.goto('/second-factor');
    // A quarter of an hour passes: the server says so once.
    const act = '**/api/v1/session/second-factor/totp';
    const body = JSON.stringify({ status: 403, code: 'reauthentication_required', context: { proof: 'password' } });
    await page.route(act, (route) => route.fulfill({ status: 403, contentType: 'application/problem+json', body }), {
      times: 1,
    });
    await page.getByRole('button', { name: 'Use an app' }).click();
    const dialog = page.getByRole('dialog', { name: "Confirm it's you" });
    const password = dialog.getByLabel('Password', { exact: true });
    await expect(password).toBeFocused();
    await password.fill('not the password at all');
    await page.keyboard.press('Enter');
    await expect(dialog.getByText('Not your password')).toBeVisible();
    await password.fill(person.password);
    await page.keyboard.press('Enter');
    await expect(dialog).toHaveCount(0);
    await expect(page.getByLabel('Code that the app shows')).toBeVisible();
  });
});
