// The dashboard and the inventory.
import { ago, assets, now, people, tickets, uuid } from './data.mjs';
import { among, page, refuse, requireVersion } from './refuse.mjs';

const STEPS = { '24h': [24, 3600], '7d': [42, 14_400], '30d': [30, 86_400], '90d': [45, 172_800] };
const tally = (list, key) =>
  [...list.reduce((m, t) => m.set(key(t), (m.get(key(t)) ?? 0) + 1), new Map())].sort((a, b) => b[1] - a[1]);

function dashboard({ query }) {
  const [count, seconds] = STEPS[query.get('period') ?? '7d'] ?? STEPS['7d'];
  const since = Date.now() - count * seconds * 1000;
  const recent = tickets.filter(
    (t) => Date.parse(t.created_at) > since && among(query, 'organization_id', t.organization_id),
  );
  const open = recent.filter((t) => !['resolved', 'closed'].includes(t.stage));
  const volume = Array.from({ length: count }, (_, i) => ({
    at: ago((count - i) * seconds),
    informational: 0,
    low: 0,
    medium: 0,
    high: 0,
    critical: 0,
  }));
  for (const t of recent) {
    const slot = volume[Math.min(count - 1, Math.floor((Date.parse(t.created_at) - since) / 1000 / seconds))];
    if (slot) slot[t.severity] += 1;
  }
  return {
    tiles: {
      open: open.length,
      new: open.filter((t) => t.stage === 'new').length,
      unassigned: open.filter((t) => !t.assignee).length,
      mtta_seconds: 612,
      mttr_seconds: 18_240,
      alerts_per_hour: 41.6,
      previous: {
        open: Math.round(open.length * 1.08),
        new: open.filter((t) => t.stage === 'new').length - 14,
        unassigned: open.filter((t) => !t.assignee).length,
        mtta_seconds: 548,
        mttr_seconds: 22_100,
        alerts_per_hour: 38.2,
      },
    },
    volume,
    by_stage: ['new', 'in_progress', 'pending', 'resolved', 'closed'].map((stage) => ({
      stage,
      count: recent.filter((t) => t.stage === stage).length,
    })),
    by_severity: [],
    top_rules: tally(recent, (t) => t.rule_id)
      .slice(0, 8)
      .map(([rule_id, n]) => ({ rule_id, rule_name: tickets.find((t) => t.rule_id === rule_id).rule_name, count: n })),
    top_assets: tally(
      recent.filter((t) => t.asset),
      (t) => t.asset.id,
    )
      .slice(0, 8)
      .map(([asset_id, n]) => ({ asset_id, name: assets.find((a) => a.id === asset_id).name, count: n })),
    workload: [
      ...people.map((p) => ({
        user_id: p.id,
        display_name: p.display_name,
        open: open.filter((t) => t.assignee?.id === p.id).length,
      })),
      { user_id: null, display_name: '', open: open.filter((t) => !t.assignee).length },
    ],
    verdicts: tally(
      recent.filter((t) => t.verdict),
      (t) => t.verdict,
    ).map(([verdict, n]) => ({ verdict, count: n })),
  };
}

const asset = (id) =>
  assets.find((a) => a.id === id) ??
  (() => {
    throw refuse(404, 'not_found');
  })();
const card = (a) => ({ id: a.id, name: a.name, criticality: a.criticality });
const relations = new Map();
const relationsOf = (id) => {
  if (!relations.has(id))
    relations.set(id, [
      { id: uuid(`rel${id}`), kind: 'depends_on', direction: 'outgoing', asset: card(assets[1]) },
      { id: uuid(`rel2${id}`), kind: 'connects_to', direction: 'incoming', asset: card(assets[3]) },
    ]);
  return relations.get(id);
};
const CONFLICT = new Set();
function editAsset({ id, body, request }) {
  const a = asset(id);
  // The first edit of a name with "conflicto" meets somebody else's.
  if (/conflicto/i.test(body.name ?? '') && !CONFLICT.has(id)) {
    CONFLICT.add(id);
    Object.assign(a, { owner: 'Infraestructura', criticality: 'critical', version: a.version + 1 });
  }
  requireVersion(request, a.version);
  if (body.addresses?.includes('10.1.4.11') && id !== assets[1].id)
    throw refuse(409, 'address_taken', { errors: [{ path: 'addresses', message: '10.1.4.11 es de SRV-SQL03' }] });
  return Object.assign(a, body, { version: a.version + 1, updated_at: now() });
}
const IMPORT = {
  rows: 42,
  creates: 36,
  updates: 4,
  errors: [
    {
      row: 7,
      column: 'addresses',
      message: '10.0.0.5/24 has bits beyond its prefix: write 10.0.0.0/24 for the network or 10.0.0.5 for the host',
    },
    { row: 19, column: 'criticality', message: 'is "altísima"; one of low, medium, high, critical' },
  ],
};

export const boardRoutes = {
  'GET /dashboard': dashboard,
  'GET /assets': ({ query }) => {
    const text = query.get('q')?.toLowerCase() ?? '';
    const sort = query.get('sort') ?? 'name';
    const key = sort.replace('-', '');
    const rank = { low: 1, medium: 2, high: 3, critical: 4 };
    const value = (a) => (key === 'criticality' ? rank[a.criticality] : a[key]);
    const found = assets.filter(
      (a) =>
        `${a.name} ${a.addresses} ${a.hostnames}`.toLowerCase().includes(text) &&
        among(query, 'kind', a.kind) &&
        among(query, 'criticality', a.criticality) &&
        among(query, 'state', a.state) &&
        among(query, 'organization_id', a.organization_id),
    );
    return page(
      found.sort((a, b) => (value(a) < value(b) ? -1 : 1) * (sort.startsWith('-') ? -1 : 1)),
      query,
    );
  },
  'POST /assets': ({ body }) => {
    const made = {
      id: uuid(`a${Math.random()}`),
      kind: 'other',
      criticality: 'medium',
      state: 'active',
      owner: null,
      department: null,
      description: null,
      is_internet_facing: false,
      addresses: [],
      hostnames: [],
      tags: [],
      version: 1,
      created_at: now(),
      updated_at: now(),
      ...body,
    };
    assets.push(made);
    return made;
  },
  'GET /assets/:id': ({ id }) => ({
    ...asset(id),
    relations: relationsOf(id),
    open_tickets: tickets.filter((t) => t.asset?.id === id && !['resolved', 'closed'].includes(t.stage)).length,
  }),
  'PATCH /assets/:id': editAsset,
  'DELETE /assets/:id': ({ id }) => {
    assets.splice(assets.indexOf(asset(id)), 1);
  },
  'GET /assets/lookup': ({ query }) => {
    const found = assets.find((a) => a.addresses.includes(query.get('address')));
    if (!found) throw refuse(404, 'not_found');
    return { asset: found, matched_prefix: `${query.get('address')}/32` };
  },
  'POST /assets/:id/relations': ({ id, body }) => {
    const made = {
      id: uuid(`r${Math.random()}`),
      kind: body.kind,
      direction: 'outgoing',
      asset: card(asset(body.asset_id)),
    };
    relationsOf(id).push(made);
    return made;
  },
  'DELETE /assets/:id/relations/:other': ({ id, other }) => {
    relations.set(
      id,
      relationsOf(id).filter((r) => r.id !== other),
    );
  },
  'POST /assets/import': ({ query }) =>
    query.get('dry_run') === 'true'
      ? {
          ...IMPORT,
          preview: assets.slice(0, 10).map((a, i) => ({ row: i + 2, action: i % 4 ? 'create' : 'update', asset: a })),
        }
      : { created: 36, updated: 4, skipped: 2 },
};
