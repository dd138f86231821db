import { freshNumber, freshRule, post } from './support/incidents';
import { expect, openQueue, queueOf, refusal, test } from './support/test';
import { apiOf, somebody, theWorld } from './support/world';

test('a ticket is peeked at, claimed, commented with a mention, judged and closed by keyboard', async ({ as }) => {
  const { harbor } = theWorld();
  const analyst = await somebody('analyst', harbor, 'Marta Quiroga');
  const colleague = await somebody('senior_analyst', harbor, 'Teodoro Zafra');
  const rule = freshRule('minute');
  const title = 'Many accounts fail to log on to the ledger';
  const { ticket } = await post({ rule, title, severity: 9, to: '10.20.30.40' });
  const page = await as(analyst);
  await openQueue(page, rule);
  const row = queueOf(page).getByRole('row').filter({ hasText: ticket.reference });

  await page.keyboard.press('j');
  await page.keyboard.press('Space');
  const peek = page.getByRole('complementary', { name: `Peek at ${ticket.reference}` });
  await expect(peek.getByRole('heading', { name: title })).toBeVisible();
  await expect(peek.getByRole('link', { name: 'ledger-db-01' })).toBeVisible();
  await expect(peek.getByRole('region', { name: 'How the urgency is computed' })).toContainText('Sum');

  await page.keyboard.press('c');
  await expect(row).toContainText('Marta Quiroga');
  await expect(row).toContainText('In progress');

  await page.keyboard.press('Escape');
  await expect(peek).toHaveCount(0);
  await page.keyboard.press('Enter');
  await expect(page.getByRole('heading', { level: 1, name: title })).toBeVisible();
  await page.keyboard.press('r');
  await expect(page.getByLabel('Comment', { exact: true })).toBeFocused();
  await page.keyboard.type('The source is a **forgotten script**, says @Teo');
  await expect(page.getByRole('button', { name: 'Teodoro Zafra' })).toBeVisible();
  await page.keyboard.press('Enter');
  await page.keyboard.press('Control+Enter');
  const history = page.getByRole('region', { name: 'History' });
  await expect(history.getByRole('listitem').filter({ hasText: 'forgotten script' })).toContainText('Teodoro Zafra');
  await expect(page.getByLabel('Comment', { exact: true })).toHaveValue('');
  const notices = await (await apiOf(colleague)).get('/notices');
  expect(notices.items.map((notice: { kind: string }) => notice.kind)).toContain('mentioned');

  await page.keyboard.press('Escape');
  // At once, as a practised hand does: no key is lost while the dialog opens.
  await page.keyboard.press('v');
  const dialog = page.getByRole('dialog', { name: `Verdict on ${ticket.reference}` });
  await page.keyboard.press('2');
  await expect(dialog.getByRole('radio', { name: /Benign positive/ })).toBeChecked();
  await page.keyboard.type('The nightly job still used the old password.');
  await page.keyboard.press('Shift+Tab');
  await page.keyboard.press('Space');
  await expect(dialog.getByRole('group', { name: 'Impact' }).getByRole('radio', { checked: true })).toHaveCount(1);
  await page.keyboard.press('Control+Enter');
  await expect(dialog).toHaveCount(0);
  const whatHappened = page.getByRole('region', { name: 'What happened' });
  await expect(whatHappened).toContainText('The nightly job still used the old password.');
  const closed = await (await apiOf(analyst)).get(`/tickets/${ticket.id}`);
  expect([closed.stage, closed.verdict]).toEqual(['closed', 'benign_positive']);
});

test('a ticket is given to a colleague by keys alone, faster than the dialog opens', async ({ as }) => {
  const { harbor } = theWorld();
  const colleague = await somebody('analyst', harbor, 'Casilda Marañón');
  const rule = freshRule('hurry');
  const { ticket } = await post({ rule, severity: 9, to: '10.20.30.40' });
  const page = await as(await somebody('analyst', harbor, 'Urbano Xirau'));
  await openQueue(page, rule);
  await page.keyboard.press('j');
  await page.keyboard.press('a');
  // Its letters are shortcuts of the queue: none may be taken for one.
  await page.keyboard.type('casilda m');
  await page.keyboard.press('Enter');
  await expect(queueOf(page).getByRole('row').filter({ hasText: ticket.reference })).toContainText('Casilda Marañón');
  const kept = await (await apiOf(colleague)).get(`/tickets/${ticket.id}`);
  expect([kept.assignee.display_name, kept.stage]).toEqual(['Casilda Marañón', 'new']);
});

test('what the source cleared and fires again reopens its ticket in front of who watches', async ({ as }) => {
  const analyst = await somebody('analyst', theWorld().harbor, 'Pilar Echeverria');
  const rule = freshRule('recurrence');
  const same = { rule, from: '198.51.100.61', to: '10.20.30.40', title: 'The same door, again' };
  const [cleanedUp, atOnce, later] = [freshNumber(), freshNumber(), freshNumber()];
  const first = await post({ ...same, id: cleanedUp });
  const api = await apiOf(analyst);
  const page = await as(analyst);
  await page.goto(`/tickets/${first.ticket.id}`);
  await expect(page.getByRole('heading', { level: 1, name: same.title })).toBeVisible();
  const body = { verdict: 'true_positive', impact: 'low', reason: 'The account was blocked.' };
  await api.must('POST', `/tickets/${first.ticket.id}/close`, { body });
  await expect(page.getByRole('region', { name: 'What happened' })).toContainText('The account was blocked.');

  const warm = await post({ ...same, id: atOnce });
  expect([warm.outcome, warm.ticket?.id ?? first.ticket.id]).toEqual(['updated', first.ticket.id]);
  expect((await api.get(`/tickets/${first.ticket.id}`)).stage).toBe('closed');

  const cleared = await post({ ...same, id: atOnce, status: 'Cleared' });
  expect(cleared.outcome).toBe('updated');
  const again = await post({ ...same, id: later });
  expect([again.outcome, again.ticket.id]).toEqual(['reopened', first.ticket.id]);
  await expect(page.getByRole('region', { name: 'History' })).toContainText('reopens it');
  await expect(page.getByRole('button', { name: 'Claim' })).toBeVisible();
});

test('two tickets are merged, taken apart by undo, merged again and split', async ({ as }) => {
  const analyst = await somebody('analyst', theWorld().harbor, 'Ruben Alcaraz');
  const rule = freshRule('merge');
  const older = await post({ rule, title: 'The older of two' });
  const newer = await post({ rule, title: 'The newer of two' });
  const api = await apiOf(analyst);
  const survivorOf = async (id: string) => (await api.get(`/tickets/${id}`)).merged_into?.id ?? null;
  const page = await as(analyst);
  await openQueue(page, rule);

  const mergeBoth = async () => {
    for (const { ticket } of [older, newer]) await expect(queueOf(page).getByText(ticket.reference)).toBeVisible();
    await page.keyboard.press('Home');
    await page.keyboard.press('x');
    await page.keyboard.press('j');
    await page.keyboard.press('x');
    await expect(page.getByRole('toolbar', { name: 'Actions on the selection' })).toContainText('2 selected');
    await page.keyboard.press('m');
    const dialog = page.getByRole('dialog', { name: 'Merge 2 tickets' });
    await expect(dialog.getByRole('radio', { name: /The older of two/ })).toBeChecked();
    await dialog.getByRole('button', { name: 'Merge' }).click();
    await expect(dialog).toHaveCount(0);
    await expect(page.getByText(`1 ticket merged into ${older.ticket.reference}`)).toBeVisible();
    await expect.poll(() => survivorOf(newer.ticket.id)).toBe(older.ticket.id);
  };
  await mergeBoth();
  await page.keyboard.press('u');
  await expect(page.getByText('Undone')).toBeVisible();
  await expect.poll(() => survivorOf(newer.ticket.id)).toBeNull();

  await page.keyboard.press('Escape');
  await mergeBoth();
  await page.goto(`/tickets/${older.ticket.id}`);
  await page.getByRole('button', { name: `Split off ${newer.ticket.reference}` }).click();
  await expect(page.getByRole('region', { name: 'Merged here' })).toHaveCount(0);
  await expect.poll(() => survivorOf(newer.ticket.id)).toBeNull();
});

test.describe('a conflict', () => {
  test.use({ complaints: [refusal(412)] });

  test('of two who edit the same ticket the second sees both texts and overwrites nothing', async ({ as }) => {
    const { harbor } = theWorld();
    const { ticket } = await post({ rule: freshRule('conflict'), title: 'As the source called it' });
    const people = [
      await somebody('analyst', harbor, 'Irene Vidal'),
      await somebody('analyst', harbor, 'Jonas Krall'),
    ] as const;
    const [first, second] = [await as(people[0]), await as(people[1])];
    for (const page of [first, second]) {
      await page.goto(`/tickets/${ticket.id}`);
      await page.getByRole('button', { name: 'Edit', exact: true }).click();
      await expect(page.getByLabel('Title')).toHaveValue('As the source called it');
    }
    await first.getByLabel('Title').fill('As Irene understood it');
    await first.getByRole('button', { name: 'Save' }).click();
    await expect(first.getByRole('heading', { level: 1, name: 'As Irene understood it' })).toBeVisible();

    await second.getByLabel('Title').fill('As Jonas understood it');
    await second.getByRole('button', { name: 'Save' }).click();
    const conflict = second.getByRole('alert').filter({ hasText: 'Somebody changed it while you were writing' });
    await expect(conflict).toContainText('As Irene understood it');
    await expect(conflict).toContainText('As Jonas understood it');
    const api = await apiOf(people[0]);
    expect((await api.get(`/tickets/${ticket.id}`)).title).toBe('As Irene understood it');

    await conflict.getByRole('button', { name: 'Save mine' }).click();
    await expect(second.getByRole('heading', { level: 1, name: 'As Jonas understood it' })).toBeVisible();
    expect((await api.get(`/tickets/${ticket.id}`)).title).toBe('As Jonas understood it');
  });
});
