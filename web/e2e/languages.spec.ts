import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { freshRule, post } from './support/incidents';
import { everyRoute } from './support/routes';
import { expect, live, loaded, test } from './support/test';
import { admin, somebody, theWorld } from './support/world';

const TEXTS = join(import.meta.dirname, '../src/i18n/en');

/** Texts that were not found show as their key: `tickets.queue.title`. */
const BRANCHES = readdirSync(TEXTS).flatMap((file) => {
  const texts = JSON.parse(readFileSync(join(TEXTS, file), 'utf8')) as Record<string, unknown>;
  const name = file.replace('.json', '');
  return Object.entries(texts).map(
    ([branch, text]) => `${name}\\.${branch}${typeof text === 'string' ? '\\b' : '\\.'}`,
  );
});
const KEY = new RegExp(`(?<![\\w./@-])(${BRANCHES.join('|')})[\\w.]*`);

test('switching the language keeps the place and what was being typed', async ({ as }) => {
  const person = await somebody('soc_manager', theWorld().harbor, 'Berta Llanos');
  const { ticket } = await post({ rule: freshRule('language'), title: 'In whatever language the source speaks' });
  const page = await as(person);
  await page.goto(`/tickets/${ticket.id}`);
  await live(page);
  await page.getByLabel('Comment', { exact: true }).fill('Not sent yet');
  const address = page.url();
  await page.getByRole('button', { name: 'Menu of Berta Llanos' }).click();
  await page.getByRole('radiogroup', { name: 'Language' }).getByText('ES').click();
  await expect(page.getByRole('navigation', { name: 'Navegación principal' })).toBeVisible();
  expect(page.url()).toBe(address);
  await expect(page.getByLabel('Comentario', { exact: true })).toHaveValue('Not sent yet');
  await expect(page.locator('html')).toHaveAttribute('lang', 'es');

  // It is the person's, not the browser's: it is there at the next sign-in.
  const again = await as(person);
  await again.goto('/tickets');
  await expect(again.getByRole('heading', { name: 'Cola' })).toBeVisible();
});

for (const locale of ['en', 'es'] as const) {
  test(`no page shows a text without its translation (${locale})`, async ({ as }) => {
    const person = await somebody('admin', null, 'Vera Solano');
    const page = await as(person, { locale: locale === 'en' ? 'en-GB' : 'es-ES' });
    for (const path of await everyRoute(await admin())) {
      await page.goto(path);
      await loaded(page);
      await expect(page.locator('html')).toHaveAttribute('lang', locale);
      const found = KEY.exec(await page.locator('body').innerText());
      expect.soft([path, found?.[0] ?? null]).toEqual([path, null]);
    }
  });
}
