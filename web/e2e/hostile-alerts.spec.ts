import { deliver, escapeXml, freshNumber, freshRule, incidentXml } from './support/incidents';
import { expect, live, loaded, test } from './support/test';
import { admin, somebody, theWorld } from './support/world';

/** Each would set the flag or open a dialog if any place took it for markup or an address. */
const PAYLOADS = [
  `"><img src=x onerror="window.__ran=1;alert(1)">`,
  `<script>window.__ran=2;alert(2)</script>`,
  `<svg/onload=window.__ran=3>`,
  `[click](javascript:window.__ran=4)`,
  `</script><script>window.__ran=5</script>`,
  `'-alert(6)-'{{constructor.constructor('window.__ran=6')()}}`,
  `<iframe srcdoc="<script>parent.__ran=7</script>">`,
];
const evil = (name: string) => `${name} ${PAYLOADS.join(' ')}`;
const entry = (attribute: string, name: string, value: string) =>
  `<entry attribute="${escapeXml(attribute)}" name="${escapeXml(name)}">${escapeXml(value)}</entry>`;

test('what alerts carry is shown as text and never runs, in any field of any page', async ({ as }) => {
  const { harbor } = theWorld();
  const rule = `${freshRule('hostile')}<img src=x onerror=window.__ran=8>`;
  const xml = incidentXml({
    id: freshNumber(),
    rule,
    title: evil('Title'),
    severity: 10,
    description: evil('Description'),
    to: '10.20.30.40',
    details:
      entry('attackName', evil('Label'), evil('Attack')) +
      entry(evil('attribute'), 'User', evil('user')) +
      entry('url', 'URL', 'javascript:window.__ran=9') +
      entry('hostName', 'Host Name', evil('host')) +
      entry('reptDevName', 'Reporting Device', evil('device')),
    more: `<remediation>${escapeXml(evil('Remediation'))}</remediation><policyID>${escapeXml(evil('policy'))}</policyID>
      <affectedBizSrvc>${escapeXml(evil('service'))}</affectedBizSrvc><identityLocation>${escapeXml(evil('place'))}</identityLocation>
      <rawEvents>[${escapeXml(evil('Pattern'))}]\n&lt;134&gt;Nov 20 12:00:00 fw ${escapeXml(evil('raw'))}</rawEvents>`,
  });
  const taken = await deliver(xml);
  expect(taken.status).toBe(200);
  const { ticket, alert } = taken.body;
  const refused = await deliver(incidentXml({ rule, title: evil('Held'), organization: evil('Organization') }));
  expect(refused.status).toBe(422);
  const all = await admin();
  await all.must('POST', `/tickets/${ticket.id}/comments`, { body: { body_markdown: evil('Comment') } });
  const [held] = (await all.get('/quarantine')).items;

  const page = await as(await somebody('admin', null, `Eva ${'<b onclick=alert(1)>'}`));
  await page.addInitScript(() => {
    document.addEventListener('securitypolicyviolation', (event) => {
      console.error(`content policy: ${event.violatedDirective} ${event.blockedURI}`);
    });
  });
  const ran = () => page.evaluate(() => (window as { __ran?: unknown }).__ran ?? null);
  const visit = async (path: string) => {
    await page.goto(path);
    await loaded(page);
    await live(page);
  };

  await visit(`/tickets?organization_id=${harbor.id}&sort=-created_at`);
  const row = page.getByRole('row').filter({ hasText: ticket.reference });
  await expect(row).toContainText('onerror="window.__ran=1;alert(1)"');
  await row.getByText(ticket.reference).click();
  await expect(page.getByRole('complementary', { name: `Peek at ${ticket.reference}` })).toContainText(
    'window.__ran=2',
  );
  expect(await ran()).toBeNull();

  await visit(`/tickets/${ticket.id}`);
  await expect(page.getByRole('region', { name: 'Who and what' })).toContainText('Attack');
  await expect(page.getByRole('region', { name: 'History' })).toContainText('Comment');
  const links = await page.locator('a[href]').evaluateAll((all) => all.map((each) => each.getAttribute('href') ?? ''));
  expect(links.filter((href) => /^\s*(javascript|data|vbscript):/i.test(href))).toEqual([]);
  await page.getByRole('button', { name: 'Original' }).click();
  await expect(page.getByRole('dialog')).toContainText('incidentId');
  expect(await ran()).toBeNull();

  for (const path of [
    `/alerts`,
    `/alerts/${alert.id}`,
    `/quarantine/${held.id}`,
    '/quarantine',
    '/dashboard',
    '/audit',
    '/alert-policies',
    '/assets',
    '/notices',
  ]) {
    await visit(path);
    expect([path, await ran()]).toEqual([path, null]);
    expect([path, await page.locator('main script, main iframe, main img[src="x"]').count()]).toEqual([path, 0]);
  }
  for (const kind of ['alerts', 'tickets']) {
    await visit(`/${kind}?q=${encodeURIComponent(PAYLOADS[0] ?? '')}`);
    expect([kind, await ran()]).toEqual([kind, null]);
  }
});
