import { freshRule, post } from './support/incidents';
import { expect, live, liveState, refusal, test } from './support/test';
import { admin, apiOf, somebody, theWorld } from './support/world';

test.describe('a session that ends', () => {
  test.use({ complaints: [refusal(401, 403)] });

  test('asks for the password over the page and keeps what was being typed', async ({ as }) => {
    const person = await somebody('analyst', theWorld().harbor, 'Nadia Cruz');
    const { ticket } = await post({ rule: freshRule('expiry'), title: 'Something to write about' });
    const page = await as(person);
    await page.goto(`/tickets/${ticket.id}`);
    await live(page);
    const comment = page.getByLabel('Comment', { exact: true });
    const text = 'Half a sentence that must not';
    await comment.fill(text);

    const api = await apiOf(person);
    const { items } = await api.get('/session/list');
    for (const { id, is_current } of items) if (!is_current) await api.must('DELETE', `/session/list/${id}`);

    const dialog = page.getByRole('dialog', { name: 'Your session has ended' });
    await expect(dialog).toBeVisible();
    await dialog.getByLabel('Password', { exact: true }).fill(person.password);
    await dialog.getByRole('button', { name: 'Sign in' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(comment).toHaveValue(text);
    await live(page);
    await page.getByRole('button', { name: 'Comment', exact: false }).filter({ hasText: 'Comment' }).last().click();
    await expect(
      page.getByRole('region', { name: 'History' }).getByRole('listitem').filter({ hasText: text }),
    ).toBeVisible();
  });

  test('by signing out ends in the other tab too', async ({ as }) => {
    const person = await somebody('analyst', theWorld().harbor, 'Oriol Bassa');
    const page = await as(person);
    const other = await page.context().newPage();
    for (const tab of [page, other]) {
      await tab.goto('/tickets');
      await live(tab);
    }
    await page.getByRole('button', { name: 'Menu of Oriol Bassa' }).click();
    await page.getByRole('menuitem', { name: 'Sign out' }).click();
    await expect(page.getByRole('heading', { name: 'Sign in to CiberCase' })).toBeVisible();
    await expect(other.getByRole('dialog', { name: 'Your session has ended' })).toBeVisible();
    await expect(liveState(other)).not.toHaveText(/^Live/);
    expect((await page.context().request.get('/api/v1/tickets')).status()).toBe(401);
  });
});

test('a new role takes effect in the open page, without asking for the password', async ({ as }) => {
  const { harbor } = theWorld();
  const person = await somebody('viewer', harbor, 'Pau Miralles');
  const page = await as(person);
  await page.goto('/tickets');
  await live(page);
  const navigation = page.getByRole('navigation', { name: 'Main navigation' });
  await expect(navigation.getByRole('link', { name: 'Alerts' })).toBeVisible();
  await expect(navigation.getByRole('link', { name: 'Sources' })).toHaveCount(0);
  const api = await admin();
  const memberships = [{ organization_id: harbor.id, role: 'soc_manager' }];
  const { items } = await api.get('/users?limit=200');
  const { version } = items.find(({ id }: { id: string }) => id === person.id);
  await api.must('PATCH', `/users/${person.id}`, { body: { memberships }, version });
  await expect(navigation.getByRole('link', { name: 'Sources' })).toBeVisible();
  await expect(page.getByRole('dialog')).toHaveCount(0);
  await live(page);
});
