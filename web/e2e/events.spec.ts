import AxeBuilder from '@axe-core/playwright';
import { sendSyslog } from './support/syslog';
import { expect, test } from './support/test';
import { somebody, theWorld } from './support/world';

const line = (host: string, more: string) =>
  `<189>date=2026-11-21 time=02:00:00 devname="${host}" devid="FGT60F0000000001" tz="+0000" logid="0000000013" type="traffic" subtype="forward" level="warning" vd="root" srcip=10.7.0.1 srcport=51515 dstip=203.0.113.80 dstport=443 ${more}`;

test('a line sent by syslog appears, is filtered and is read as fields, as it came and as OCSF', async ({ as }) => {
  const page = await as(await somebody('soc_manager', theWorld().harbor, 'Olga Prieto'));
  await page.goto('/events?device=quay-fw');
  await expect(page.getByText('No events in this period')).toBeVisible();
  await sendSyslog(line('quay-fw', 'action="deny" msg="first of two"'));
  await sendSyslog(line('quay-fw', 'action="accept" msg="second of two"'));

  // The list holds still until it is asked for what came.
  await page.getByRole('button', { name: '2 new' }).click();
  const list = page.getByRole('grid', { name: 'Events' });
  await expect(list.getByText('first of two')).toBeVisible();
  await expect(list.getByText('second of two')).toBeVisible();
  await expect(list.getByRole('columnheader', { name: 'Severity' })).toBeVisible();
  for (const header of await list.getByRole('columnheader').all()) await expect(header).not.toBeEmpty();
  await expect(page.getByRole('region', { name: 'Events over time' })).toContainText('2 events');

  await page.getByRole('button', { name: 'Filter', exact: true }).click();
  await page.getByRole('menuitem', { name: 'Action' }).click();
  await page.getByRole('textbox', { name: 'Action' }).fill('deny');
  await page.keyboard.press('Enter');
  // Its head and what is left: a list that has not come yet shows neither.
  await expect(list.getByRole('row')).toHaveCount(2);
  await expect(list.getByText('first of two')).toBeVisible();
  await expect(list.getByText('second of two')).toHaveCount(0);

  await list.getByText('first of two').click();
  const event = page.getByRole('complementary', { name: 'Event' });
  await expect(event.getByText('10.7.0.1:51515')).toBeVisible();
  await expect(event.getByRole('tabpanel', { name: 'Fields' })).toContainText('first of two');
  const { violations } = await new AxeBuilder({ page }).withTags(['wcag2a', 'wcag2aa', 'wcag21aa']).analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await event.getByRole('tab', { name: 'Raw' }).click();
  await expect(event.getByRole('region', { name: 'Raw' })).toContainText('devname="quay-fw"');
  await event.getByRole('tab', { name: 'OCSF' }).click();
  await expect(event.getByRole('region', { name: 'OCSF' })).toContainText('"class_uid": 4001');
  await page.keyboard.press('Escape');
  await expect(event).toHaveCount(0);
});
