import type { Locator } from '@playwright/test';
import { sendSyslog } from './support/syslog';
import { expect, refusal, test } from './support/test';
import { admin, apiOf, somebody, theWorld } from './support/world';

test.afterEach(async () => {
  // A rule that stayed would go on judging what other tests send.
  const api = await admin();
  for (const { id } of (await api.get('/rules?origin=own')).items) await api.must('DELETE', `/rules/${id}`);
});

const IPS =
  'date=2026-11-21 time=02:00:00 devname="fw-01" devid="FGT60F0000000001" type="utm" subtype="ips" severity="critical" srcip=203.0.113.9 dstip=192.0.2.20 action="dropped" attack="Log4j"';

const MALWARE =
  '<185>date=2026-11-21 time=03:00:00 devname="mail-fw" devid="FGT60F0000000002" tz="+0000" logid="0211008192" type="utm" subtype="virus" eventtype="infected" level="warning" srcip=203.0.113.10 dstip=192.0.2.21 action="blocked" virus="EICAR"';

const GOOD =
  'title: Denied by policy\nlogsource:\n    product: fortigate\ndetection:\n    it:\n        action: deny\n    condition: it\nlevel: low\n';
const OLD =
  'title: Old\nlogsource:\n    product: windows\ndetection:\n    a:\n        EventID: 1\n    timeframe: 5m\n    condition: a\n';

test('a built-in rule is found, read, tried on a line and kept quiet', async ({ as }) => {
  const page = await as(await somebody('soc_manager', theWorld().harbor, 'Rosa Ibarra'));
  await page.goto('/rules');
  const list = page.getByRole('grid', { name: 'Rules' });
  const [found, other] = ['FortiGate IPS detected an attack', 'FortiGate found malware'].map((title) =>
    list.getByText(title, { exact: true }),
  ) as [Locator, Locator];
  await expect(other).toBeVisible();
  await page.getByLabel('Title, technique or log source').fill('ips');
  // The whole list leaves before the short one comes.
  await expect(other).toHaveCount(0);
  await expect(found).toBeVisible();
  await expect(other).toHaveCount(0);
  await found.click();
  await expect(page.getByRole('heading', { level: 1 })).toHaveText('FortiGate IPS detected an attack');
  await expect(page.getByRole('region', { name: 'Rule text (Sigma)' }).last()).toContainText('subtype: ips');

  await page.getByLabel('Log line').fill(IPS);
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await expect(page.getByText('The rule meets this event.')).toBeVisible();
  await page.getByLabel('Log line').fill(IPS.replace('critical', 'low'));
  await page.getByRole('button', { name: 'Try', exact: true }).click();
  await expect(page.getByText('The rule does not meet this event.')).toBeVisible();

  // It belongs to everybody: one organization keeps it quiet for itself.
  await expect(page.getByText('This rule is for all organizations')).toBeVisible();
  await page.getByRole('button', { name: 'Add' }).click();
  const drawer = page.getByRole('dialog', { name: 'Suppress the rule' });
  await drawer.getByLabel('Value').fill('203.0.113.9');
  await drawer.getByLabel('Reason').fill('Our own scanner');
  await drawer.getByRole('button', { name: 'Suppress' }).click();
  await expect(page.getByText('source_ip = 203.0.113.9')).toBeVisible();
  await page.getByRole('button', { name: 'End now' }).click();
  await expect(page.getByText('Nothing keeps this rule quiet.')).toBeVisible();
});

test('an import is checked first, and what cannot be taken is named with its line', async ({ as }) => {
  const page = await as(await somebody('soc_manager', theWorld().harbor, 'Nuria Salas'));
  await page.goto('/rules');
  await page.getByRole('button', { name: 'Import' }).click();
  const drawer = page.getByRole('dialog', { name: 'Import Sigma rules' });
  await drawer.getByLabel('Or paste them').fill(`${GOOD}---\n${OLD}`);
  await drawer.getByRole('button', { name: 'Check' }).click();
  await expect(drawer.getByText('Line 16:')).toBeVisible();
  await expect(drawer.getByText('not supported: `timeframe`')).toBeVisible();
  await drawer.getByRole('button', { name: 'Import 1 rule' }).click();
  await expect(drawer.getByText('1 rule imported.')).toBeVisible();
  await drawer.getByRole('button', { name: 'Close' }).last().click();
  await page.getByRole('grid', { name: 'Rules' }).getByText('Denied by policy').click();
  await page.getByRole('switch', { name: 'Watching' }).click();
  await expect(page.getByText('On', { exact: true })).toBeVisible();
});

test.describe('a text with a mistake', () => {
  test.use({ complaints: [refusal(422)] });

  test('is refused with its line, and what a built-in rule is copied and changed into is rehearsed', async ({ as }) => {
    const person = await somebody('soc_manager', theWorld().harbor, 'Pilar Soto');
    await sendSyslog(MALWARE);
    const api = await apiOf(person);
    await expect.poll(async () => (await api.get('/events?device=mail-fw')).items.length).toBe(1);
    const page = await as(person);
    await page.goto('/rules?q=malware');
    await page.getByRole('grid', { name: 'Rules' }).getByText('FortiGate found malware', { exact: true }).click();
    await page.getByRole('button', { name: 'Duplicate to change' }).click();
    const copy = page.getByRole('dialog', { name: 'A rule of your own from this text' });
    const text = copy.getByRole('textbox', { name: 'Rule text (Sigma)' });
    await expect(text).toHaveValue(/^title: 'FortiGate found malware \(copy\)'\nstatus/);
    const good = await text.inputValue();
    await text.fill(good.replace('condition: selection', 'condition: missing'));
    await copy.getByRole('button', { name: 'Create' }).click();
    const line = good.split('\n').findIndex((each) => each.includes('condition:')) + 1;
    await expect(copy.getByRole('alert')).toContainText(`Line ${line}:`);
    await expect(text).toBeFocused();
    await text.fill(good);
    await copy.getByRole('button', { name: 'Create' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('FortiGate found malware (copy)');
    await expect(page.getByText('Off', { exact: true })).toBeVisible();

    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const edit = page.getByRole('dialog', { name: 'Change the rule' });
    await edit.getByRole('textbox', { name: 'Rule text (Sigma)' }).fill(good.replace('(copy)', 'in the mail'));
    await edit.getByRole('button', { name: 'Save' }).click();
    await expect(page.getByRole('heading', { level: 1 })).toHaveText('FortiGate found malware in the mail');

    await page.getByRole('button', { name: 'Run', exact: true }).click();
    await expect(page.getByText(/^\S+ events looked at, [1-9]\S* meet the rule, [1-9]\S* alerts\.$/)).toBeVisible();
  });
});
