import { ago, assets, byId, me, now, people, tickets, uuid } from './data.mjs';

const RANK = {
  informational: 1,
  low: 2,
  medium: 3,
  high: 4,
  critical: 5,
  new: 1,
  in_progress: 2,
  pending: 3,
  resolved: 4,
  closed: 5,
};
const sortValue = {
  urgency: (t) => t.urgency_score,
  severity: (t) => RANK[t.severity],
  stage: (t) => RANK[t.stage],
  reference: (t) => t.reference,
  title: (t) => t.title,
  created_at: (t) => t.created_at,
  last_seen_at: (t) => t.last_seen_at,
  updated_at: (t) => t.updated_at,
  assignee: (t) => t.assignee?.display_name ?? '',
};

function matches(t, q) {
  const has = (name, value) => !q.get(name) || q.get(name).split(',').includes(String(value));
  const text = q.get('q')?.toLowerCase();
  const assignee = q.get('assignee');
  if (t.merged_into && q.get('include_merged') !== 'true') return false;
  if (text && !`${t.title} ${t.reference} ${t.source_ip} ${t.asset?.name ?? ''}`.toLowerCase().includes(text))
    return false;
  if (
    assignee &&
    !assignee
      .split(',')
      .some((a) => (a === 'me' ? t.assignee?.id === me.user.id : a === 'none' ? !t.assignee : t.assignee?.id === a))
  )
    return false;
  const ip = q.get('ip');
  if (ip && t.source_ip !== ip && t.destination_ip !== ip) return false;
  if (q.get('created_from') && t.created_at < q.get('created_from').slice(0, 19)) return false;
  if (q.get('tag') && !t.tags.includes(q.get('tag'))) return false;
  return (
    has('stage', t.stage) &&
    has('severity', t.severity) &&
    has('urgency', t.urgency) &&
    has('verdict', t.verdict) &&
    has('organization_id', t.organization_id) &&
    has('rule_id', t.rule_id) &&
    has('asset_id', t.asset?.id)
  );
}

export function filtered(query) {
  const sort = query.get('sort') ?? '-urgency';
  const value = sortValue[sort.replace('-', '')] ?? sortValue.urgency;
  const sign = sort.startsWith('-') ? -1 : 1;
  return tickets
    .filter((t) => matches(t, query))
    .sort((a, b) => {
      const x = value(a);
      const y = value(b);
      return (x < y ? -1 : x > y ? 1 : a.id < b.id ? -1 : 1) * sign;
    });
}

const cache = new Map();
export function list(query) {
  const limit = Number(query.get('limit') ?? 50);
  const key = [...query].filter(([k]) => !['cursor', 'limit'].includes(k)).join('&');
  const cursor = query.get('cursor');
  if (!cursor || !cache.has(key)) cache.set(key, filtered(query));
  const all = cache.get(key);
  const start = Number(cursor ?? 0);
  return {
    items: all.slice(start, start + limit).map(summary),
    next_cursor: start + limit < all.length ? String(start + limit) : null,
  };
}

export const summary = ({ user, details, ...rest }) => rest;

export function detail(t) {
  const asset = assets.find((a) => a.id === t.asset?.id) ?? null;
  const severity = RANK[t.severity] * 16;
  return {
    ...summary(t),
    description:
      t.description ??
      'El SIEM ha correlacionado varios eventos de autenticación.\n\nRevisar si el usuario reconoce el acceso y **bloquear la sesión** si no es así.',
    urgency_terms: [
      { factor: 'severity', value: t.severity, points: severity },
      { factor: 'asset_criticality', value: asset?.criticality ?? 'unknown', points: asset ? 15 : 0 },
      {
        factor: 'exposure',
        value: asset?.is_internet_facing ? 'internet_facing_asset' : 'public_source_to_internal_target',
        points: t.urgency_score - severity - (asset ? 15 : 0),
      },
    ],
    asset_card: asset,
    reason: t.reason ?? null,
    impact: t.impact ?? null,
    resolution: t.verdict
      ? { verdict: t.verdict, impact: t.impact ?? 'low', reason: t.reason ?? 'Comprobado con el usuario' }
      : null,
    offer_suppression: t.offer_suppression ?? false,
    watchers: t.watchers ?? [people[1]],
    is_watching: (t.watchers ?? []).some((w) => w.id === me.user.id),
    links: t.links ?? [{ kind: 'recurrence_of', is_incoming: false, ticket: ref(tickets[5]) }],
    members: t.members ?? [],
    merge: t.merge ?? null,
    techniques: ['T1110.003', 'T1078'],
    tactics: ['credential-access', 'initial-access'],
    entities: [
      {
        kind: 'ip',
        role: 'source',
        attribute: 'srcIpAddr',
        label: 'IP de origen',
        value: t.source_ip,
        note: t.source_ip.startsWith('185') ? 'Nodo de salida Tor' : null,
      },
      { kind: 'user', role: 'source', attribute: 'user', label: 'Usuario', value: t.user, note: null },
      ...(t.destination_ip
        ? [
            {
              kind: 'ip',
              role: 'target',
              attribute: 'destIpAddr',
              label: 'IP de destino',
              value: t.destination_ip,
              note: null,
            },
          ]
        : []),
      ...(asset
        ? [
            {
              kind: 'host',
              role: 'target',
              attribute: 'hostName',
              label: 'Equipo',
              value: asset.hostnames[0],
              note: null,
            },
          ]
        : []),
      {
        kind: 'text',
        role: 'detail',
        attribute: 'eventType',
        label: 'Tipo de evento',
        value: 'Win-Security-4625',
        note: null,
      },
      {
        kind: 'text',
        role: 'detail',
        attribute: 'triggerEventCount',
        label: 'Eventos que dispararon la regla',
        value: '48',
        note: null,
      },
    ],
  };
}

export const ref = (t) => ({
  id: t.id,
  reference: t.reference,
  title: t.title,
  stage: t.stage,
  severity: t.severity,
  urgency: t.urgency,
});

const activities = new Map();
export function activity(t) {
  if (!activities.has(t.id)) {
    const system = { kind: 'source', id: null, name: 'FortiSIEM Valdemar' };
    const person = { kind: 'user', id: people[1].id, name: people[1].display_name };
    activities.set(t.id, [
      { id: uuid(`${t.id}a`), occurred_at: t.created_at, actor: system, kind: 'created', detail: {}, comment: null },
      {
        id: uuid(`${t.id}b`),
        occurred_at: t.created_at,
        actor: system,
        kind: 'alert',
        detail: { count: 3 },
        comment: null,
      },
      {
        id: uuid(`${t.id}c`),
        occurred_at: t.updated_at,
        actor: person,
        kind: 'comment',
        detail: {},
        comment: {
          id: uuid(`${t.id}cc`),
          body_markdown:
            'He llamado al usuario: **no reconoce** el acceso.\n\n- Sesión cerrada\n- Contraseña restablecida\n\n```\nGet-ADUser jlopez -Properties LastLogonDate\n```',
          edited_at: null,
          version: 1,
          mentions: [],
        },
      },
      {
        id: uuid(`${t.id}d`),
        occurred_at: t.updated_at,
        actor: person,
        kind: 'status',
        detail: { from: 'new', to: 'in_progress' },
        comment: null,
      },
    ]);
  }
  return activities.get(t.id);
}
export function note(t, kind, detail_ = {}, comment = null) {
  const entry = {
    id: uuid(`${t.id}${kind}${Math.random()}`),
    occurred_at: now(),
    actor: { kind: 'user', id: me.user.id, name: me.user.display_name },
    kind,
    detail: detail_,
    comment,
  };
  activity(t).push(entry);
  return entry;
}

export function alertsOf(t) {
  return Array.from({ length: Math.min(t.alerts, 12) }, (_, i) => ({
    id: uuid(`${t.id}alert${i}`),
    organization_id: t.organization_id,
    source_id: uuid('source0'),
    source_name: 'FortiSIEM Valdemar',
    incident_id: String(40210 + i),
    rule_id: t.rule_id,
    rule_name: t.rule_name,
    title: t.title,
    severity: t.severity,
    urgency: t.urgency,
    state: 'new',
    source_state: i % 3 ? 'active' : 'cleared',
    source_ip: t.source_ip,
    destination_ip: t.destination_ip,
    asset: t.asset,
    techniques: [],
    tactics: [],
    deliveries: 2 + i,
    occurrences: Math.ceil(t.occurrences / t.alerts),
    first_seen_at: t.first_seen_at,
    last_seen_at: t.last_seen_at,
    created_at: t.created_at,
    ticket: { id: t.id, reference: t.reference },
    why_grouped: i === 0 ? null : `Misma regla ${t.rule_id} y misma IP de origen ${t.source_ip} en 24 h`,
  }));
}

export function similar(t) {
  return tickets
    .filter((o) => o.id !== t.id && o.rule_id === t.rule_id && o.asset?.id === t.asset?.id)
    .slice(0, 5)
    .map((o, i) => ({ ...ref(o), why: ['same_rule', ...(i % 2 ? ['same_asset'] : [])], score: 90 - i * 10 }));
}

export function touch(t, change) {
  Object.assign(t, change, { version: t.version + 1, updated_at: now() });
  return t;
}
export { ago, byId };
