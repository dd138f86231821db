import AxeBuilder from '@axe-core/playwright';
import { expect, live, test } from './support/test';
import { theWorld } from './support/world';

const PAGES = [
  '/tickets',
  '/alerts',
  '/alert-policies',
  '/assets',
  '/dashboard',
  '/profile',
  '/notices',
  '/sources',
  '/quarantine',
  '/users',
  '/roles',
  '/organizations',
  '/audit',
];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];
const PHONE = { width: 390, height: 844 };

for (const colorScheme of ['light', 'dark'] as const) {
  for (const viewport of [undefined, PHONE]) {
    test(`every page is accessible, ${colorScheme}, ${viewport ? 'on a phone' : 'on a desk'}`, async ({ as }) => {
      test.setTimeout(240_000);
      const page = await as(theWorld().admin, { colorScheme, ...(viewport ? { viewport } : {}) });
      for (const path of PAGES) {
        await page.goto(path);
        await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
        await live(page);
        const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
        expect.soft(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.target.join(' ')}`)).toEqual([]);
      }
    });
  }
}
