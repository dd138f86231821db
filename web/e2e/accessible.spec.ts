import AxeBuilder from '@axe-core/playwright';
import type { Page } from '@playwright/test';
import { freshRule, post } from './support/incidents';
import { everyRoute } from './support/routes';
import { expect, live, loaded, openQueue, test } from './support/test';
import { admin, newcomer, somebody, theWorld } from './support/world';

const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];
const PHONE = { width: 390, height: 844 };
const SCHEMES = ['light', 'dark'] as const;

/** Until what changed with the size and the colours is on the screen. */
const drawn = (page: Page) =>
  page.evaluate(async () => {
    await new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)));
    // Half way from one colour to another nothing has its contrast.
    const running = document.getAnimations().filter(({ playState }) => playState === 'running');
    const ending = running.filter(({ effect }) => effect?.getComputedTiming().endTime !== Infinity);
    await Promise.allSettled(ending.map(({ finished }) => finished));
  });

async function expectAccessible(page: Page, what: string, axe = new AxeBuilder({ page }).withTags(RULES)) {
  const { violations } = await axe.analyze();
  const found = violations.map(({ id, impact, nodes }) => `${what} ${impact} ${id}: ${nodes[0]?.target.join(' ')}`);
  expect.soft(found).toEqual([]);
}

test('every page is accessible, light and dark, on a desk and on a phone', async ({ as, viewport }) => {
  test.setTimeout(360_000);
  const page = await as(theWorld().admin);
  for (const path of await everyRoute(await admin())) {
    await page.goto(path);
    await loaded(page);
    await live(page);
    for (const [where, size] of [
      ['on a desk', viewport],
      ['on a phone', PHONE],
    ] as const) {
      await page.setViewportSize(size ?? PHONE);
      for (const colorScheme of SCHEMES) {
        await page.emulateMedia({ colorScheme });
        await expect(page.locator('html')).toHaveAttribute('data-mantine-color-scheme', colorScheme);
        await drawn(page);
        // What stands in the page is the same in the dark: only what colours decide is looked at again.
        const axe = colorScheme === 'dark' ? new AxeBuilder({ page }).withRules(OF_COLOURS) : undefined;
        await expectAccessible(page, `${path}, ${colorScheme}, ${where}`, axe);
      }
    }
    await page.setViewportSize(viewport ?? PHONE);
  }
});

for (const colorScheme of SCHEMES) {
  test(`what opens over a page is accessible, ${colorScheme}`, async ({ as }) => {
    const rule = freshRule('axe');
    await post({ rule, severity: 10, to: '10.20.30.40' });
    const page = await as(await somebody('soc_manager', theWorld().harbor, 'Aurora Sanz'), { colorScheme });
    await openQueue(page, rule);
    await page.keyboard.press('j');
    await page.keyboard.press('Space');
    const peek = page.getByRole('complementary', { name: /^Peek at/ });
    await expect(peek.getByRole('link', { name: 'ledger-db-01' })).toBeVisible();
    await page.keyboard.press('x');
    await expectAccessible(page, 'peek and selection');
    for (const [key, title] of [
      ['v', /^Verdict on/],
      ['a', /^Assign/],
      ['?', 'Keyboard shortcuts'],
    ] as const) {
      await page.keyboard.press(key);
      const dialog = page.getByRole('dialog', { name: title });
      await expect(dialog).toBeVisible();
      await expectAccessible(page, String(title));
      await page.keyboard.press('Escape');
      await expect(dialog).toHaveCount(0);
    }
    await page.goto('/assets');
    await page.getByRole('button', { name: 'Import' }).click();
    await expect(page.getByRole('dialog')).toBeVisible();
    await expectAccessible(page, 'import');
  });

  test(`the way in is accessible, ${colorScheme}`, async ({ as }) => {
    const outside = await as(null, { colorScheme });
    await outside.goto('/sign-in');
    await expect(outside.getByLabel('Email')).toBeVisible();
    await expectAccessible(outside, '/sign-in');
    const inside = await as(await newcomer('viewer', theWorld().harbor, 'Gemma Vila'), { colorScheme });
    await inside.goto('/change-password');
    await expect(inside.getByLabel('Current password')).toBeVisible();
    await expectAccessible(inside, '/change-password');
    const enrolling = await as(await somebody('viewer', theWorld().harbor, 'Irene Cano'), {
      colorScheme,
      viewport: PHONE,
    });
    await enrolling.goto('/second-factor');
    await enrolling.getByRole('button', { name: 'Use an app' }).click();
    await expect(enrolling.getByLabel('Code that the app shows')).toBeVisible();
    await expectAccessible(enrolling, '/second-factor');
    expect(await enrolling.evaluate(() => document.documentElement.scrollWidth)).toBe(PHONE.width);
  });
}
