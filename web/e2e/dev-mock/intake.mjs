// Sources, quarantine and the state of the intake.
import { ago, now, organizations, uuid } from './data.mjs';
import { among, page, refuse, requireVersion } from './refuse.mjs';

const counts = (n) => ({
  received: n,
  created: Math.round(n * 0.31),
  updated: Math.round(n * 0.4),
  duplicate: Math.round(n * 0.2),
  reopened: Math.round(n * 0.01),
  linked: Math.round(n * 0.02),
  suppressed: Math.round(n * 0.05),
  quarantined: Math.round(n * 0.002),
});
const wave = (base, seed) =>
  Array.from({ length: 60 }, (_, i) =>
    Math.max(0, Math.round(base + base * 0.7 * Math.sin((i + seed) / 4) + ((i * 7919 * (seed + 1)) % 5) - 2)),
  );
const org = (i, match = null) => ({
  match,
  organization_id: organizations[i].id,
  organization_name: organizations[i].name,
});

const sources = [
  {
    id: uuid('source0'),
    name: 'FortiSIEM Valdemar',
    kind: 'fortisiem',
    is_enabled: true,
    organizations: [org(0), org(1, 'hospital san roque'), org(2, 'uebro')],
    zone_offset_minutes: 60,
    storm_limit: 30,
    token_hint: '9f2c',
    token_created_at: ago(8e6),
    last_seen_at: ago(12),
    counts: counts(184_210),
    rate_per_minute: wave(22, 1),
    version: 1,
  },
  {
    id: uuid('source1'),
    name: 'FortiSIEM Transportes Iberia Norte (centro de datos de respaldo)',
    kind: 'fortisiem',
    is_enabled: true,
    organizations: [org(3)],
    zone_offset_minutes: null,
    storm_limit: 30,
    token_hint: '01ab',
    token_created_at: ago(3e6),
    last_seen_at: ago(9400),
    counts: counts(20_118),
    rate_per_minute: Array(60).fill(0),
    version: 1,
  },
  {
    id: uuid('source2'),
    name: 'Buzón de phishing',
    kind: 'generic',
    is_enabled: false,
    organizations: [org(0)],
    zone_offset_minutes: null,
    storm_limit: 30,
    token_hint: 'c77e',
    token_created_at: ago(9e6),
    last_seen_at: ago(900_000),
    counts: counts(311),
    rate_per_minute: Array(60).fill(0),
    version: 1,
  },
  {
    id: uuid('source3'),
    name: 'EDR de la universidad',
    kind: 'generic',
    is_enabled: true,
    organizations: [org(2)],
    zone_offset_minutes: null,
    storm_limit: 30,
    token_hint: '5d10',
    token_created_at: ago(4000),
    last_seen_at: null,
    counts: counts(0),
    rate_per_minute: Array(60).fill(0),
    version: 1,
  },
];

const BROKEN = `<?xml version="1.0" encoding="UTF-8"?>
<incident incidentId="40311" ruleType="PH_RULE_2210" severity="9">
  <name>Tráfico hacia servidor de mando y control conocido</name>
  <incidentSource>
    <entry attribute="srcIpAddr" name="Source IP">10.4.22.9</entry>
  </incidentTarget>
  <rawEvents>&lt;134&gt;Nov 20 devname=FW-BORDE-01</rawEvents>
</incident>`;
const REASONS = [
  [
    'xml_malformed',
    'the end tag closes another element',
    { byte: 268, line: 6, column: 3, path: 'incident/incidentSource' },
  ],
  [
    'organization_not_mapped',
    'no organization is mapped to "Diputación de Teruel"',
    { byte: 40, line: 2, column: 12, path: 'incident/@organization' },
  ],
  [
    'json_malformed',
    'a comma or a closing brace is expected',
    { byte: 118, line: 3, column: 9, path: 'data[3].incidentSrc' },
  ],
  ['too_large', 'the body has 2 311 004 bytes; at most 1 048 576 are read', null],
  ['event_query', 'a log event, not an incident', { byte: 0, line: 1, column: 1, path: 'queryResult' }],
];
const quarantine = Array.from({ length: 23 }, (_, i) => {
  const [reason_code, reason, position] = REASONS[i % REASONS.length];
  return {
    id: uuid(`q${i}`),
    received_at: ago(i * 5400 + 300),
    source_id: sources[i % 2].id,
    source_name: sources[i % 2].name,
    reason_code,
    reason,
    position,
    size_bytes: 480 + i * 977,
    state: i < 14 ? 'held' : i % 2 ? 'replayed' : 'discarded',
    content_type: reason_code.startsWith('json') ? 'application/json' : 'text/xml',
  };
});
const source = (id) =>
  sources.find((s) => s.id === id) ??
  (() => {
    throw refuse(404, 'not_found');
  })();
const item = (id) =>
  quarantine.find((q) => q.id === id) ??
  (() => {
    throw refuse(404, 'not_found');
  })();
const token = () =>
  `ccs_${uuid(String(Math.random())).replaceAll('-', '')}${uuid(String(Math.random())).replaceAll('-', '')}`;
const named = (list) =>
  list.map((m) => ({ ...m, organization_name: organizations.find((o) => o.id === m.organization_id)?.name }));

export const intake = { health: { spool: { items: 0, bytes: 0, limit_bytes: 1_073_741_824 }, database: 'ok' } };
export const intakeRoutes = {
  'GET /sources': ({ query }) => page(sources, query),
  'POST /sources': ({ body }) => {
    if (sources.some((s) => s.name.toLowerCase() === body.name.toLowerCase()))
      throw refuse(422, 'validation_failed', { errors: [{ path: 'name', message: 'ya existe' }] });
    const made = {
      id: uuid(`s${Math.random()}`),
      is_enabled: true,
      zone_offset_minutes: null,
      storm_limit: 30,
      token_hint: 'a1b2',
      token_created_at: now(),
      last_seen_at: null,
      counts: counts(0),
      rate_per_minute: Array(60).fill(0),
      version: 1,
      ...body,
      organizations: named(body.organizations),
    };
    sources.push(made);
    return { source: made, token: token() };
  },
  'PATCH /sources/:id': ({ id, body, request }) => {
    const s = source(id);
    requireVersion(request, s.version);
    return Object.assign(s, body, body.organizations ? { organizations: named(body.organizations) } : {}, {
      version: s.version + 1,
    });
  },
  'DELETE /sources/:id': ({ id }) => {
    sources.splice(sources.indexOf(source(id)), 1);
  },
  'POST /sources/:id/rotate-token': ({ id }) => {
    source(id).token_created_at = now();
    return { token: token() };
  },
  'GET /quarantine': ({ query }) =>
    page(
      quarantine.filter((q) => among(query, 'state', q.state) && among(query, 'source_id', q.source_id)),
      query,
    ),
  'GET /quarantine/:id': ({ id }) => ({
    ...item(id),
    body_text:
      item(id).reason_code === 'json_malformed'
        ? '{\n  "data": [\n    {"incidentId": 4410, "severity": 9 "incidentSrc": "srcIpAddr:10.4.22.9"}\n  ]\n}'
        : BROKEN,
    is_lossy: item(id).reason_code === 'too_large',
  }),
  'POST /quarantine/:id/replay': ({ id }) => {
    if (item(id).reason_code === 'xml_malformed')
      throw refuse(422, 'still_unreadable', { detail: 'the end tag closes another element at line 6, column 3' });
    item(id).state = 'replayed';
    return { outcome: 'created' };
  },
  'POST /quarantine/:id/discard': ({ id }) => {
    item(id).state = 'discarded';
  },
  'GET /intake/health': () => intake.health,
};
