import { expect, test } from './support/test';
import { admin, type Organization, type Person, somebody, theWorld } from './support/world';

let organization: Organization;
let manager: Person;
let viewer: Person;

test.beforeAll(async () => {
  organization = await (await admin()).must('POST', '/organizations', {
    body: { name: `Asked Works ${test.info().workerIndex}` },
  });
  manager = await somebody('soc_manager', organization, 'Irene Pardo');
  viewer = await somebody('viewer', organization, 'Tomás Gil');
});

test('what every operation asks for is looked up, and why somebody may not do it', async ({ as }) => {
  const page = await as(manager);
  await page.goto('/permissions');
  await expect(page.getByRole('tab', { name: 'Why' })).toBeVisible();
  await expect(page.getByRole('tab', { name: 'Preview' })).toHaveCount(0);
  await page.getByLabel('Operation, permission or role').fill('sts/rotate-keys');
  const row = page.getByRole('row').filter({ hasText: 'POST /sts/rotate-keys' });
  await expect(row).toContainText('keys:rotate');
  await expect(row).toContainText('Administrator');
  await expect(page.getByRole('row')).toHaveCount(2);

  await page.getByRole('tab', { name: 'Why' }).click();
  await page.getByLabel('Email').fill(viewer.email);
  await page.getByRole('combobox', { name: 'Permission' }).fill('tickets:close');
  await page.getByRole('option', { name: 'tickets:close' }).click();
  await page.getByRole('button', { name: 'Ask' }).click();
  const answers = page.getByRole('list', { name: 'Answers' });
  await expect(answers.getByRole('listitem')).toContainText('Denied');
  await expect(answers).toContainText(organization.name);
  await page.getByRole('combobox', { name: 'Permission' }).fill('tickets:read');
  await page.getByRole('option', { name: 'tickets:read' }).click();
  await page.getByRole('button', { name: 'Ask' }).click();
  await expect(answers.getByRole('listitem')).toContainText('Allowed');
});

test('a changed policy file is tried: what it would take, and where it is wrong', async ({ as }) => {
  const page = await as(theWorld().admin);
  await page.goto('/permissions?view=preview');
  const file = page.getByLabel('Policy file');
  await expect(file).toHaveValue(/soc_manager/);
  const shipped = await file.inputValue();
  await file.fill(shipped.replace('      - tickets:read\n', ''));
  await page.getByRole('button', { name: 'Try it' }).click();
  await expect(page.getByRole('list', { name: 'What the file changes' })).toContainText('- viewer: tickets:read');
  await file.fill(shipped.replace('- tickets:read', '- tickets:reed'));
  await page.getByRole('button', { name: 'Try it' }).click();
  await expect(page.getByRole('alert')).toContainText('tickets:reed');
});
