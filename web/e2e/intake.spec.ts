import { deliver, freshRule, incidentXml } from './support/incidents';
import { expect, refusal, test } from './support/test';
import { admin, apiOf, somebody, theWorld } from './support/world';

test.describe('quarantine', () => {
  test.use({ complaints: [refusal(422)] });

  test('shows a bad delivery with the place of its mistake and takes it once the mapping is right', async ({ as }) => {
    const { harbor, source } = theWorld();
    const page = await as(await somebody('soc_manager', null, 'Sonia Peral'));
    const counts = async (): Promise<[number, number]> => {
      const { items } = await (await admin()).get('/sources');
      const { quarantined, created } = items.find(({ id }: { id: string }) => id === source.id).counts;
      return [quarantined, created];
    };
    // They are written down once a second: what tests before this one delivered is to be among them.
    let before = await counts();
    await expect(async () => {
      const read = before;
      await page.waitForTimeout(1500);
      before = await counts();
      expect(before).toEqual(read);
    }).toPass();
    const title = 'From a subsidiary nobody has mapped yet';
    const organization = `Pier Nine ${Date.now()}`;
    const refused = await deliver(incidentXml({ rule: freshRule('quarantine'), title, organization }));
    expect([refused.status, refused.body.code]).toEqual([422, 'organization_not_mapped']);
    // It names somebody else's organization: not for whoever sees only one.
    const narrow = await apiOf(await somebody('soc_manager', harbor, 'Simon Parra'));
    expect((await narrow.ask('GET', `/quarantine/${refused.body.context.quarantine_id}`)).status).toBe(404);
    await page.goto('/quarantine');
    await page
      .getByRole('grid', { name: 'Quarantine' })
      .getByText('It names an organization the source does not map')
      .first()
      .click();
    await expect(page.getByRole('heading', { name: 'Quarantined delivery' })).toBeVisible();
    await expect(page.getByText(organization).first()).toBeVisible();
    const itemUrl = page.url();

    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByRole('alert')).toContainText('It still cannot be taken.');

    await page.goto('/sources');
    await page.getByRole('grid', { name: 'Sources' }).getByText('e2e', { exact: true }).click();
    await page.getByRole('button', { name: 'Edit', exact: true }).click();
    const form = page.getByRole('dialog', { name: 'Edit the source' });
    await form.getByRole('button', { name: 'Add a name' }).click();
    await form.getByLabel('Name at the source').last().fill(organization);
    await form
      .getByRole('textbox', { name: 'Organization' })
      .or(form.getByRole('combobox', { name: 'Organization' }))
      .last()
      .click();
    await page.getByRole('option', { name: harbor.name }).click();
    await form.getByRole('button', { name: 'Save' }).click();
    await expect(form).toHaveCount(0);

    await page.goto(itemUrl);
    await page.getByRole('button', { name: 'Try again' }).click();
    await expect(page.getByText('Taken').first()).toBeVisible();
    await page.goto('/tickets');
    await page.keyboard.press('/');
    await page.keyboard.type('subsidiary');
    await page.keyboard.press('Enter');
    await expect(page.getByRole('grid', { name: 'Queue' }).getByText(title)).toBeVisible();
    await expect.poll(counts).toEqual([before[0] + 1, before[1] + 1]);
  });

  test('points at the line and column where XML breaks off', async ({ as }) => {
    const manager = await somebody('soc_manager', theWorld().harbor, 'Felix Oller');
    const xml = incidentXml({ rule: freshRule('broken') }).replace('</description>', '</descriptoin>');
    const refused = await deliver(xml);
    expect([refused.status, refused.body.code]).toEqual([422, 'xml_malformed']);
    const id = refused.body.context.quarantine_id;
    expect((await (await apiOf(manager)).get(`/quarantine/${id}`)).position.line).toBe(4);
    const page = await as(manager);
    await page.goto('/quarantine');
    // The newest is on top.
    const row = page.getByRole('row').filter({ hasText: 'The XML is not well-formed' }).first();
    await expect(row).toContainText('Line 4, column');
    await row.click();
    await expect(page).toHaveURL(new RegExp(id));
    await expect(page.getByText('Line 4, column').first()).toBeVisible();
    await expect(page.getByText('descriptoin').first()).toBeVisible();
  });
});
