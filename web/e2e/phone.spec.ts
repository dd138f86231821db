import { freshRule, post } from './support/incidents';
import { everyRoute } from './support/routes';
import { expect, live, loaded, queueOf, test } from './support/test';
import { admin, somebody, theWorld } from './support/world';

const PHONE = { viewport: { width: 390, height: 844 }, hasTouch: true, isMobile: true };

test('on a phone nothing scrolls sideways and the bar is at the bottom, on every page', async ({ as }) => {
  const page = await as(await somebody('admin', null, 'Lidia Roca'), PHONE);
  for (const path of await everyRoute(await admin())) {
    await page.goto(path);
    await loaded(page);
    const bar = page.getByRole('navigation', { name: 'Main navigation' });
    await expect(bar.getByRole('button', { name: 'More' })).toBeVisible();
    const places = bar.locator('[aria-current="page"]');
    expect.soft([path, await places.count()]).toEqual([path, /^\/(profile|notices)/.test(path) ? 0 : 1]);
    const box = await bar.boundingBox();
    expect.soft([path, Math.round((box?.y ?? 0) + (box?.height ?? 0))]).toEqual([path, PHONE.viewport.height]);
    const width = await page.evaluate(() => document.documentElement.scrollWidth);
    expect.soft([path, width]).toEqual([path, PHONE.viewport.width]);
  }
});

test('on a phone the queue is cards, and a ticket is claimed with a thumb', async ({ as }) => {
  const person = await somebody('analyst', theWorld().harbor, 'Noa Ribas');
  const rule = freshRule('phone');
  const { ticket } = await post({ rule, title: 'Read on the train' });
  const page = await as(person, PHONE);
  await page.goto(`/tickets?rule_id=${rule}`);
  await live(page);
  const card = queueOf(page).getByRole('row').filter({ hasText: ticket.reference });
  await expect(card).toContainText('Read on the train');
  await expect(queueOf(page).getByRole('columnheader')).toHaveCount(0);
  await card.getByRole('link', { name: 'Read on the train' }).tap();
  await expect(page.getByRole('heading', { level: 1, name: 'Read on the train' })).toBeVisible();
  await page.getByRole('button', { name: 'Claim' }).tap();
  await expect(page.getByText(`${ticket.reference} is yours`)).toBeVisible();
  await page.getByRole('navigation', { name: 'Main navigation' }).getByRole('link', { name: 'Alerts' }).tap();
  await expect(page.getByRole('heading', { name: 'Alerts' })).toBeVisible();
});
