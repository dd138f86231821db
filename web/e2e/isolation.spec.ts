import { deliver, freshRule, incidentXml, post } from './support/incidents';
import { sendSyslog } from './support/syslog';
import { expect, loaded, refusal, test } from './support/test';
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
    await sendSyslog(`<13>Nov 20 12:00:00 vault-1 app: the ${word} was closed`);
    await expect.poll(async () => (await all.get(`/events?text=${word}`)).items.length).toBe(1);
    const [event] = (await all.get(`/events?text=${word}`)).items;
    const yaml = `title: The ${word} moves\nlogsource:\n    product: linux\ndetection:\n    it:\n        - ${word}\n    condition: it\n`;
    const rule = await all.must('POST', '/rules', { body: { organization_id: harbor.id, yaml } });
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
      `/events/${event.id}`,
      `/rules/${rule.id}`,
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
      `/events?text=${word}`,
      `/rules?q=${word}`,
      '/assets?q=ledger',
      '/quarantine',
      `/sources`,
    ]) {
      const answer = await api.ask('GET', path);
      const ids = (answer.body.items ?? []).map((item: { id: string }) => item.id);
      expect([path, ids]).toEqual([path, []]);
    }
    // What is done to one's own account is told, and belongs to no organization.
    const notices = (await api.get('/notices')).items;
    expect(notices.filter(({ ticket }: { ticket: unknown }) => ticket)).toEqual([]);
    for (const [method, path, body] of [
      ['PATCH', `/tickets/${ticket.id}`, { title: 'Mine now' }],
      ['POST', `/tickets/${ticket.id}/claim`, undefined],
      ['POST', `/tickets/${ticket.id}/comments`, { body_markdown: 'Hello' }],
      ['POST', `/tickets/${own.id}/links`, { kind: 'related', ticket_id: ticket.id }],
      ['POST', `/quarantine/${held.id}/replay`, undefined],
      ['POST', `/sources/${source.id}/rotate-token`, undefined],
      ['DELETE', `/assets/${asset.id}`, undefined],
      ['DELETE', `/rules/${rule.id}`, undefined],
    ] as const) {
      const { status } = await api.ask(method, path, { body, version: 1 });
      expect([method, path, status >= 400 && status < 500]).toEqual([method, path, true]);
    }
    expect((await all.get(`/tickets/${ticket.id}`)).title).toContain(word);

    const page = await as(outsider);
    // What stands there is what this person may see: without it a page that shows nothing yet would pass.
    for (const [path, shown] of [
      ['/tickets?sort=-created_at', 'A ticket of the clinic'],
      ['/alerts', 'No alerts'],
      ['/events', 'No events in this period'],
      ['/assets', 'ward-monitor-7'],
      [`/rules?q=${word}`, 'No rules here'],
      ['/quarantine', 'Nothing in quarantine'],
      ['/sources', 'No sources'],
      ['/dashboard', '1 ticket'],
    ] as const) {
      await page.goto(path);
      await loaded(page);
      const main = page.getByRole('main');
      await expect(main.getByText(shown, { exact: true }).first()).toBeVisible();
      await expect(main).not.toContainText(new RegExp(`${word}|ledger-db-01|${harbor.name}`));
    }
    for (const path of [
      `/tickets/${ticket.id}`,
      `/alerts/${alert.id}`,
      `/assets/${asset.id}`,
      `/rules/${rule.id}`,
      `/quarantine/${held.id}`,
    ]) {
      await page.goto(path);
      await expect(page.getByText('It does not exist, or you have no access').first()).toBeVisible();
    }
  });
});
