import { freshRule, post } from './support/incidents';
import { expect, openQueue, queueOf, test } from './support/test';
import { somebody, theWorld } from './support/world';

test('a view is saved under a name and found again', async ({ as }) => {
  const person = await somebody('analyst', theWorld().harbor, 'Vera Molins');
  const rule = freshRule('view');
  const { ticket } = await post({ rule });
  const page = await as(person);
  await openQueue(page, rule);
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Save this view…' }).click();
  await page.getByLabel('Name').fill('Tellers at night');
  await page.getByRole('button', { name: 'Save', exact: true }).click();
  await expect(page.getByRole('dialog')).toBeHidden();
  await page.goto('/tickets?stage=closed');
  await page.getByRole('button', { name: 'Views' }).click();
  await page.getByRole('menuitem', { name: 'Tellers at night' }).click();
  await expect(queueOf(page).getByText(ticket.reference)).toBeVisible();
});
