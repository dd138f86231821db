import AxeBuilder from '@axe-core/playwright';
import { expect, test } from '@playwright/test';
import { signIn } from './person';

const PAGES = [
  '/tickets',
  '/alerts',
  '/assets',
  '/dashboard',
  '/profile',
  '/sources',
  '/quarantine',
  '/users',
  '/roles',
  '/organizations',
  '/audit',
];
const RULES = ['wcag2a', 'wcag2aa', 'wcag21aa', 'wcag22aa'];

for (const colorScheme of ['light', 'dark'] as const) {
  test(`every page is accessible in the ${colorScheme} theme`, async ({ page }) => {
    await page.emulateMedia({ colorScheme });
    await signIn(page);
    for (const path of PAGES) {
      await page.goto(path);
      await page.getByRole('heading', { level: 1 }).or(page.locator('main p')).first().waitFor();
      const { violations } = await new AxeBuilder({ page }).withTags(RULES).analyze();
      expect.soft(violations.map(({ id, nodes }) => `${path} ${id}: ${nodes[0]?.target.join(' ')}`)).toEqual([]);
    }
  });
}
