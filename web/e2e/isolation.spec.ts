import { deliver, freshRule, incidentXml, post } from './support/incidents';
import { expect, refusal, test } from './support/test';
import { admin, apiOf, somebody, theWorld } from './support/world';

test.describe('another organization', () => {
  test.use({ complaints: [refusal(403, 404)] });

  test('sees none of it, in the interface or through the API', async ({ as }) => {
    const { harbor, delta, source } = theWorld();
    const word = `umbrella${Date.now()}`;
    const { ticket, alert } = await post({
      rule: freshRule('isolation'),
      title: `The ${word} was opened`,
      to: '10.20.30.40',
    });
    await deliver(incidentXml({ rule: freshRule('isolation'), organization: 'Nobody at all' }));
    const all = await admin();
    const [asset] = (await all.get('/assets?q=ledger-db-01')).items;
    const [held] = (await all.get('/quarantine')).items;
    const own = await all.must('POST', '/tickets', {
      body: { organization_id: delta.id, title: 'A ticket of the clinic', severity: 'low' },
    });
    const outsider = await somebody('soc_manager', delta, 'Gaspar Mendo');
    const api = await apiOf(outsider);

    for (const path of [
      `/tickets/${ticket.id}`,
      `/tickets/${ticket.id}/activity`,
      `/tickets/${ticket.id}/alerts`,
      `/tickets/${ticket.id}/similar`,
      `/tickets/${ticket.id}/raw`,
      `/tickets/${ticket.id}/attachments`,
      `/alerts/${alert.id}`,
      `/alerts/${alert.id}/raw`,
      `/assets/${asset.id}`,
      `/assets/${asset.id}/relations`,
      `/assets/lookup?organization_id=${harbor.id}&address=10.20.30.40`,
      `/quarantine/${held.id}`,
      `/quarantine/${held.id}/raw`,
    ]) {
      expect([path, (await api.ask('GET', path)).status]).toEqual([path, 404]);
    }
    for (const path of [
      `/tickets?organization_id=${harbor.id}`,
      `/tickets?q=${word}`,
      `/alerts?q=${word}`,
      '/assets?q=ledger',
      '/quarantine',
      `/sources`,
      '/notices',
    ]) {
      const answer = await api.ask('GET', path);
      const ids = (answer.body.items ?? []).map((item: { id: string }) => item.id);
      expect([path, ids]).toEqual([path, []]);
    }
    for (const [method, path, body] of [
      ['PATCH', `/tickets/${ticket.id}`, { title: 'Mine now' }],
      ['POST', `/tickets/${ticket.id}/claim`, undefined],
      ['POST', `/tickets/${ticket.id}/comments`, { body_markdown: 'Hello' }],
      ['POST', `/tickets/${own.id}/links`, { kind: 'related', ticket_id: ticket.id }],
      ['POST', `/quarantine/${held.id}/replay`, undefined],
      ['POST', `/sources/${source.id}/rotate-token`, undefined],
      ['DELETE', `/assets/${asset.id}`, undefined],
    ] as const) {
      const { status } = await api.ask(method, path, { body, version: 1 });
      expect([method, path, status >= 400 && status < 500]).toEqual([method, path, true]);
    }
    expect((await all.get(`/tickets/${ticket.id}`)).title).toContain(word);

    const page = await as(outsider);
    await page.goto('/tickets?sort=-created_at');
    await expect(page.getByText('A ticket of the clinic')).toBeVisible();
    for (const path of ['/tickets?sort=-created_at', '/alerts', '/assets', '/quarantine', '/sources', '/dashboard']) {
      await page.goto(path);
      await expect(page.getByRole('heading', { level: 1 })).toBeVisible();
      await expect(page.getByRole('main')).not.toContainText(new RegExp(`${word}|ledger-db-01|${harbor.name}`));
    }
    for (const path of [
      `/tickets/${ticket.id}`,
      `/alerts/${alert.id}`,
      `/assets/${asset.id}`,
      `/quarantine/${held.id}`,
    ]) {
      await page.goto(path);
      await expect(page.getByText('It does not exist, or you have no access').first()).toBeVisible();
    }
  });
});
