// People, roles, organizations, the audit log and sessions.
import { ago, me, now, organizations, people, permissions, tickets, uuid } from './data.mjs';
import { page, refuse, requireVersion } from './refuse.mjs';

const ROLES = ['admin', 'soc_manager', 'senior_analyst', 'analyst', 'auditor', 'viewer'];
const users = people.map((p, i) => ({
  ...p,
  is_active: i !== 4,
  must_change_password: i === 5,
  last_sign_in_at: i === 5 ? null : ago(i * 40_000 + 300),
  version: 1,
  memberships:
    i === 0
      ? [{ organization_id: null, organization_name: null, role: 'admin' }]
      : organizations
          .slice(0, 1 + (i % 4))
          .map((o, k) => ({ organization_id: o.id, organization_name: o.name, role: ROLES[(i + k) % 6] })),
}));
const grants = {
  admin: permissions,
  soc_manager: permissions.filter((p) => !['users:write', 'organizations:write', 'audit:read'].includes(p)),
  senior_analyst: permissions.filter(
    (p) =>
      /^(tickets|alerts|assets|attachments|notices|dashboard|suppressions|quarantine:read|sources:read)/.test(p) &&
      p !== 'assets:import',
  ),
  analyst: permissions.filter((p) =>
    /^(tickets:(read|write|create|assign|close|merge|raw)|alerts|assets:read|attachments|notices|dashboard)/.test(p),
  ),
  auditor: permissions.filter((p) => p.endsWith(':read') || p === 'tickets:raw'),
  viewer: ['tickets:read', 'alerts:read', 'assets:read', 'dashboard:read', 'notices:read'],
};
const ABOUT = {
  admin: 'Administers the installation; everything is permitted.',
  soc_manager: 'Runs the SOC. Decides what happens with each source and rule, and sees people, roles and health.',
  senior_analyst: 'Second line (L2). Reopens what was closed, suppresses noise, keeps assets right, exports.',
  analyst: 'First line (L1). Triages alerts, works tickets and closes them with a verdict.',
  auditor: 'Reads everything, the audit log and raw payloads included, and changes nothing.',
  viewer: 'Reads tickets, alerts, assets and the dashboard; sees neither raw payloads nor the audit log.',
};
const DEEDS = [
  ['ticket.closed', 'ticket', { verdict: 'false_positive', reason: 'Escaneo autorizado' }],
  ['session.opened', 'session', {}],
  ['alert.acknowledged', 'alert', {}],
  ['asset.updated', 'asset', { criticality: ['medium', 'critical'], owner: [null, 'Sistemas'] }],
  ['user.created', 'user', { email: 'nueva@cibercase.example' }],
  ['alert_policy.created', 'alert_policy', { action: 'suppress', reason: 'Migración' }],
  ['source.token_rotated', 'source', {}],
  ['ticket.merged', 'ticket', { members: 3 }],
  ['session.failed', 'session', { reason: 'invalid_credentials' }],
  ['quarantine.discarded', 'quarantine', { reason: 'Pruebas' }],
  ['backup.verified', 'backup', { size_bytes: 1234 }],
];
const audit = Array.from({ length: 400 }, (_, i) => {
  const [action, kind, detail] = DEEDS[i % DEEDS.length];
  const t = tickets[tickets.length - 1 - i];
  const who = people[i % people.length];
  return {
    id: uuid(`audit${i}`),
    occurred_at: ago(i * 731 + 40),
    organization_id: i % 5 === 4 ? null : organizations[i % 4].id,
    actor:
      i % 9 === 8
        ? { kind: 'source', id: uuid('source0'), name: 'FortiSIEM Valdemar' }
        : { kind: 'user', id: who.id, name: who.display_name },
    action,
    object: {
      kind,
      id: kind === 'ticket' ? t.id : uuid(`object${i}`),
      reference: kind === 'ticket' ? t.reference : kind === 'asset' ? 'SRV-DC01' : null,
    },
    detail,
    ip: `10.20.4.${i % 250}`,
    request_id: uuid(`request${i}`),
  };
});
let sessions = [
  'Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0',
  'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/18.1 Mobile/15E148 Safari/604.1',
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36',
].map((user_agent, i) => ({
  id: i ? uuid(`sess${i}`) : me.session.id,
  created_at: ago(4000 + i * 90_000),
  last_seen_at: ago(i * 8000),
  ip: `10.20.4.${i + 9}`,
  user_agent,
  is_current: i === 0,
}));
const user = (id) =>
  users.find((u) => u.id === id) ??
  (() => {
    throw refuse(404, 'not_found');
  })();
const named = (list) =>
  list.map((m) => ({ ...m, organization_name: organizations.find((o) => o.id === m.organization_id)?.name ?? null }));

export const peopleRoutes = {
  'GET /users': ({ query }) => page(users, query),
  'POST /users': ({ body }) => {
    if (users.some((u) => u.email === body.email))
      throw refuse(409, 'email_taken', { errors: [{ path: 'email', message: 'ya existe' }] });
    const made = {
      id: uuid(`u${Math.random()}`),
      email: body.email,
      display_name: body.display_name,
      is_active: true,
      must_change_password: true,
      last_sign_in_at: null,
      memberships: named(body.memberships),
      version: 1,
    };
    users.push(made);
    return { user: made, initial_password: 'brezo-candil-7-marea-olivo-taller' };
  },
  'PATCH /users/:id': ({ id, body, request }) => {
    const u = user(id);
    requireVersion(request, u.version);
    return Object.assign(u, body, body.memberships ? { memberships: named(body.memberships) } : {}, {
      version: u.version + 1,
    });
  },
  'POST /users/:id/reset-password': ({ id }) => {
    user(id).must_change_password = true;
    return { initial_password: 'faro-nieve-21-trigo-puente-lino' };
  },
  'GET /roles': () => ({
    items: ROLES.map((name) => ({
      name,
      description: ABOUT[name],
      permissions: grants[name],
      restrictions: name === 'viewer' ? ['networks 10.0.0.0/8'] : [],
    })),
    permissions,
  }),
  'POST /organizations': ({ body }) => {
    const o = { id: uuid(`o${Math.random()}`), slug: 'nueva', created_at: now(), version: 1, ...body };
    organizations.push(o);
    return o;
  },
  'PATCH /organizations/:id': ({ id, body, request }) => {
    const o = organizations.find((each) => each.id === id);
    requireVersion(request, o.version);
    return Object.assign(o, body, { version: o.version + 1 });
  },
  'GET /audit': ({ query }) =>
    page(
      audit.filter(
        (a) =>
          (!query.get('action') || query.get('action').split(',').includes(a.action)) &&
          (!query.get('actor_id') || a.actor.id === query.get('actor_id')) &&
          (!query.get('text') || JSON.stringify(a).toLowerCase().includes(query.get('text').toLowerCase())),
      ),
      query,
    ),
  'GET /session/list': () => ({ items: sessions }),
  'DELETE /session/list/:id': ({ id }) => {
    sessions = sessions.filter((s) => s.id !== id);
  },
};
