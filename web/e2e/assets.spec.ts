import { expect, refusal, test } from './support/test';
import { admin, somebody, theWorld } from './support/world';

test.use({ complaints: [refusal(422)] });

test('a CSV of assets is looked at before it is imported, with its wrong row named', async ({ as }) => {
  const { harbor } = theWorld();
  const manager = await somebody('soc_manager', harbor, 'Elvira Campos');
  const page = await as(manager);
  await page.goto('/assets');
  await page.getByRole('button', { name: 'Import' }).click();
  const drawer = page.getByRole('dialog', { name: 'Import assets from a CSV' });
  const csv = [
    'name,kind,criticality,addresses,owner,shelf',
    'atm-gateway-1,server,high,10.44.1.10,Cash desk,A1',
    'atm-gateway-2,server,high,10.44.1.300,Cash desk,A2',
    'ledger-db-01,database,critical,10.20.30.40,Treasury,B1',
  ].join('\n');
  const file = { name: 'inventory.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) };
  await drawer.getByLabel('Drop the CSV here or press to choose it').setInputFiles(file);

  const mistakes = drawer.getByRole('region', { name: 'With errors' });
  const mistake = mistakes.getByRole('row').nth(1);
  await expect(mistake.getByRole('cell').first()).toHaveText('3');
  await expect(mistake).toContainText('addresses');
  const preview = drawer.getByRole('region', { name: 'First rows' });
  await expect(preview.getByRole('row').filter({ hasText: 'atm-gateway-1' })).toContainText('Create');
  await expect(preview.getByRole('row').filter({ hasText: 'ledger-db-01' })).toContainText('Update');
  await expect(drawer.getByText('Columns not used: shelf')).toBeVisible();
  const run = drawer.getByRole('button', { name: 'Import 2 assets' });
  await expect(run).toBeDisabled();
  const api = await admin();
  expect((await api.get('/assets?q=atm-gateway')).items).toEqual([]);

  await drawer.getByLabel('Import the rest and skip 1 row with errors').check();
  await run.click();
  await expect(drawer.getByRole('status')).toContainText('1Created');
  await drawer.getByRole('button', { name: 'Close' }).last().click();
  await expect(page.getByRole('grid', { name: 'Assets' }).getByText('atm-gateway-1')).toBeVisible();
  const names = (await api.get('/assets?q=atm-gateway')).items.map((asset: { name: string }) => asset.name);
  expect(names).toEqual(['atm-gateway-1']);
});
