import { expect, live, refusal, test } from './support/test';
import { newcomer, somebody, theWorld } from './support/world';

test.describe('signing in', () => {
  test.use({ complaints: [refusal(401, 403)] });

  test('a wrong password is refused and a right one opens the queue, by keyboard only', async ({ as }) => {
    const person = await somebody('analyst', theWorld().harbor, 'Ines Prado');
    const page = await as(null);
    await page.goto('/');
    await expect(page.getByLabel('Email')).toBeFocused();
    await page.keyboard.type(person.email);
    await page.keyboard.press('Tab');
    await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
    await page.keyboard.type('not the password at all');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('alert')).toHaveText('The email or the password is not right');
    // The focus is back on the password with the wrong one selected: typing replaces it.
    await expect(page.getByLabel('Password', { exact: true })).toBeFocused();
    await page.keyboard.type(person.password);
    await page.keyboard.press('Enter');
    await expect(page.getByRole('heading', { name: 'Queue' })).toBeVisible();
    await live(page);
  });

  test('whoever is new chooses a password before anything else opens', async ({ as }) => {
    const person = await newcomer('analyst', theWorld().harbor, 'Bruno Salvat');
    const page = await as(null);
    await page.goto('/assets');
    await page.getByLabel('Email').fill(person.email);
    await page.getByLabel('Password', { exact: true }).fill(person.password);
    await page.getByRole('button', { name: 'Sign in' }).click();
    await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();
    await page.goto('/tickets');
    await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();

    await page.getByLabel('Current password').fill(person.password);
    await page.getByLabel('New password', { exact: true }).fill('too short');
    await page.getByLabel('Repeat the new one').fill('too short');
    await page.getByRole('button', { name: 'Save and continue' }).click();
    await expect(page.getByLabel('New password', { exact: true })).toHaveAccessibleDescription(/^At least 15/);
    await expect(page.getByRole('heading', { name: 'Choose a new password' })).toBeVisible();

    const next = 'eleven-kites-above-the-market';
    await page.getByLabel('New password', { exact: true }).fill(next);
    await page.getByLabel('Repeat the new one').fill(next);
    await page.getByRole('button', { name: 'Save and continue' }).click();
    await expect(page.getByRole('heading', { name: 'Queue' })).toBeVisible();

    const again = await as({ email: person.email, password: next });
    await again.goto('/tickets');
    await expect(again.getByRole('heading', { name: 'Queue' })).toBeVisible();
  });
});
