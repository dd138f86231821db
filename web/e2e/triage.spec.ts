import { expect, test } from '@playwright/test';
import { signIn } from './person';

test.beforeEach(async ({ page }) => {
  await signIn(page);
});

test('an analyst walks the queue, peeks and opens a ticket without the mouse', async ({ page }) => {
  await page.keyboard.press('j');
  await page.keyboard.press('j');
  await page.keyboard.press('Space');
  const peek = page.getByRole('complementary', { name: /TCK-/ });
  await expect(peek).toBeVisible();
  const reference =
    (await peek
      .getByText(/^TCK-\d{4}-\d+$/)
      .first()
      .textContent()) ?? '';
  await page.keyboard.press('Escape');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/\/tickets\/[0-9a-f-]{36}$/);
  await expect(page.locator('main')).toContainText(reference);
});

test('the filters are the address, and the address is the filters', async ({ page }) => {
  await page.goto('/tickets?severity=high&sort=-created_at');
  await expect(page.getByRole('grid')).toBeVisible();
  await expect(page.locator('search')).toContainText(/High|Alta/);
  await page.keyboard.press('/');
  await page.keyboard.type('vpn');
  await page.keyboard.press('Enter');
  await expect(page).toHaveURL(/severity=high.*q=vpn|q=vpn.*severity=high/);
});

test('a comment that is being written survives a reload', async ({ page }) => {
  await page.keyboard.press('j');
  await page.keyboard.press('Enter');
  const comment = page.getByLabel(/^(Comment|Comentario)$/);
  await comment.fill('not sent yet');
  await page.reload();
  await expect(comment).toHaveValue('not sent yet');
  await comment.fill('');
});

test('the keys are listed', async ({ page }) => {
  await page.keyboard.press('?');
  await expect(page.getByRole('dialog', { name: /Keyboard shortcuts|Atajos de teclado/ })).toBeVisible();
});
