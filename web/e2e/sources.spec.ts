import { execFile } from 'node:child_process';
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { promisify } from 'node:util';
import { Api } from './support/api';
import { startServer } from './support/server';
import { listensAt, sendDatagramFrom } from './support/syslog';
import { expect, loaded, refusal, test } from './support/test';
import { admin, somebody, theWorld } from './support/world';

const line = (host: string) => `<13>Nov 20 12:00:00 ${host} app: something was said`;

test.afterEach(async () => {
  // Networks stay taken, and what they send somebody's, for as long as their source is there.
  const api = await admin();
  const { items } = await api.get('/sources');
  for (const { id, name, version } of items) {
    if (!name.startsWith('e2e ') || name === 'e2e syslog') continue;
    await api.must('PATCH', `/sources/${id}`, { body: { is_enabled: false }, version });
    await api.must('DELETE', `/sources/${id}`);
  }
});

test.describe('a source of syslog', () => {
  test.use({ complaints: [refusal(409)] });

  test('is made once its networks are right and free, and says where to point the sender', async ({ as }) => {
    const page = await as(await somebody('admin', null, 'Rocio Valdes'));
    await page.goto('/sources');
    await loaded(page);
    await page.getByRole('button', { name: 'New source' }).click();
    const form = page.getByRole('dialog', { name: 'New source' });
    await form.getByLabel('Name').fill('e2e edge');
    await form.getByLabel('Type').click();
    await page.getByRole('option', { name: 'Syslog' }).click();
    const networks = form.getByLabel('Networks');
    const create = form.getByRole('button', { name: 'Create' });
    await create.click();
    await expect(networks).toHaveAccessibleDescription(/Write at least one network/);
    await networks.fill('10.90.0.0/24\n10.90.0.300');
    await create.click();
    await expect(networks).toHaveAccessibleDescription(/“10.90.0.300” is neither a network nor an address/);
    // That one is the setup's own.
    await networks.fill('127.0.0.1');
    await create.click();
    await expect(networks).toHaveAccessibleDescription(/Another source has one of these networks already/);
    await networks.fill('10.90.0.0/24');
    await create.click();

    const point = page.getByRole('dialog', { name: 'Where to point e2e edge' });
    for (const transport of ['udp', 'tcp', 'tls'] as const)
      await expect(point).toContainText(String(await listensAt(transport)));
    await point.getByRole('button', { name: 'Done' }).click();
    await expect(page.getByRole('complementary', { name: 'e2e edge' })).toContainText('10.90.0.0/24');
    const row = page.getByRole('grid', { name: 'Sources' }).getByRole('row').filter({ hasText: 'e2e edge' });
    await expect(row).toContainText('Never used');
  });
});

test('a sender that nobody knows is seen, made a source, and then receives', async ({ as }) => {
  const address = '127.0.77.1';
  await sendDatagramFrom(address, line('stranger'));
  const api = await admin();
  const seen = async () => (await api.get('/unknown-senders')).items.map((each: { address: string }) => each.address);
  await expect.poll(seen).toContain(address);
  const page = await as(await somebody('admin', null, 'Saul Requena'));
  await page.goto('/sources?view=senders');
  const sender = page.getByRole('grid', { name: 'Unknown senders' }).getByRole('row').filter({ hasText: address });
  await sender.getByText(address).click();
  await page.getByRole('complementary', { name: address }).getByRole('button', { name: 'Make it a source' }).click();
  const form = page.getByRole('dialog', { name: 'New source' });
  await expect(form.getByLabel('Networks')).toHaveValue(address);
  await form.getByLabel('Name').fill('e2e adopted');
  await form.getByRole('button', { name: 'Create' }).click();
  await page.getByRole('dialog', { name: 'Where to point e2e adopted' }).getByRole('button', { name: 'Done' }).click();
  const row = page.getByRole('grid', { name: 'Sources' }).getByRole('row').filter({ hasText: 'e2e adopted' });
  await expect(row).toContainText('Never used');

  // The listeners hear of a new source a moment later; who sends goes on sending.
  await expect(async () => {
    await sendDatagramFrom(address, line('friend'));
    await page.reload();
    await loaded(page);
    await expect(row).toContainText('Receiving', { timeout: 1000 });
  }).toPass();
});

test('what keeps log lines from coming in is said above the sources, and where it is', async ({ as }) => {
  test.setTimeout(180_000);
  const password = 'eleven-lanterns-behind-the-weir';
  const taken = createSocket('udp4');
  await new Promise<void>((done) => taken.bind(0, '127.0.0.1', done));
  const server = await startServer(password, { CIBERCASE_INGEST__UDP: `127.0.0.1:${taken.address().port}` });
  try {
    const { admin: account } = theWorld();
    const page = await as(null, { baseURL: server.url });
    const asked = { email: account.email, password };
    const signedIn = await page
      .context()
      .request.post('/api/v1/session', { headers: { origin: server.url }, data: asked });
    expect(signedIn.status()).toBe(200);
    await page.goto('/sources');
    const banner = page.getByRole('status').filter({ hasText: 'Log lines cannot be received as they should' });
    await expect(banner).toContainText('1 listener is not listening.');
    await banner.getByRole('button').click();
    const listener = (transport: string) => page.getByRole('listitem').filter({ hasText: transport });
    await expect(listener('UDP')).toContainText('Another program has the port.');
    for (const transport of ['TCP', 'TLS']) await expect(listener(transport)).toContainText('Listening');

    // A disk that takes no more, as the system would say it of a full one.
    const api = await Api.signIn(server.url, account.email, password);
    const organization = await api.must('POST', '/organizations', { body: { name: 'Dry Dock' } });
    const organizations = [{ match: null, organization_id: organization.id }];
    const body = { name: 'dock', kind: 'syslog', networks: ['127.0.0.1'], organizations };
    await api.must('POST', '/sources', { body });
    const problems = async () => (await api.get('/listeners')).nodes[0].problems;
    await limitFiles(server.pid, '0');
    const { nodes } = await api.get('/listeners');
    const tcp = nodes[0].listeners.find((each: { transport: string }) => each.transport === 'tcp').address;
    const socket = connect({ host: '127.0.0.1', port: Number(tcp.split(':').at(-1)) });
    socket.on('error', () => undefined);
    socket.write(`${line('dock')}\n`.repeat(100));
    await expect.poll(problems).toContain('disk_refuses');
    await page.goto('/sources');
    await expect(banner).toContainText('The disk refuses writes');
    await limitFiles(server.pid, 'unlimited');
    await expect.poll(problems).not.toContain('disk_refuses');
    await page.reload();
    await expect(banner).toContainText('1 listener is not listening.');
    await expect(banner).not.toContainText('The disk refuses writes');
    socket.destroy();
    await page.close();
  } finally {
    taken.close();
    await server.stop();
  }
});

/** The largest file that a process may write from now on. */
async function limitFiles(pid: number, most: string): Promise<void> {
  await promisify(execFile)('prlimit', [`--pid=${pid}`, `--fsize=${most}:`]);
}
