import { Api } from './api';
import { command, startServer } from './server';
import { keepWorld, type Organization, type Source } from './world';

const ADMIN = { email: 'admin@cibercase.local', password: 'seven-anchors-below-the-north-pier' };

/** A server with two organizations, an inventory and a source; answers how to stop it. */
export default async function setUp(): Promise<() => Promise<void>> {
  const server = await startServer(ADMIN.password);
  try {
    const api = await Api.signIn(server.url, ADMIN.email, ADMIN.password);
    const harbor: Organization = await api.must('POST', '/organizations', { body: { name: 'Harbor Bank' } });
    const delta: Organization = await api.must('POST', '/organizations', { body: { name: 'Delta Clinic' } });
    const add = ['source', 'add', '--kind', 'fortisiem', '--name', 'e2e', '--organization', harbor.name];
    const source = (await command(server, ...add)) as Source;
    // The tests open more tickets of one rule than an ordinary hour has.
    await api.must('PATCH', `/sources/${source.id}`, { body: { storm_limit: null }, version: 1 });
    const organizations = [{ match: null, organization_id: harbor.id }];
    const senders = { name: 'e2e syslog', kind: 'syslog', networks: ['127.0.0.1'], organizations };
    await api.must('POST', '/sources', { body: senders });
    for (const body of inventory(harbor, delta)) await api.must('POST', '/assets', { body });
    const { url, binary, dataDirectory } = server;
    keepWorld({ url, binary, dataDirectory, harbor, delta, source, admin: ADMIN });
  } catch (error) {
    await server.stop();
    throw error;
  }
  return server.stop;
}

function inventory(harbor: Organization, delta: Organization): object[] {
  const harbors = { organization_id: harbor.id, state: 'active' };
  return [
    { ...harbors, name: 'ledger-db-01', kind: 'database', criticality: 'critical', addresses: ['10.20.30.40'] },
    {
      ...harbors,
      name: 'teller-portal',
      kind: 'server',
      criticality: 'high',
      is_internet_facing: true,
      addresses: ['10.20.31.0/24'],
    },
    { organization_id: delta.id, name: 'ward-monitor-7', kind: 'iot', criticality: 'high', addresses: ['10.77.0.7'] },
  ];
}
