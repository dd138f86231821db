// Alerts and alert policies.
import { ago, assets, me, now, organizations, people, tickets, uuid } from './data.mjs';
import { among, page, refuse, requireVersion } from './refuse.mjs';

const WHY = ['new', 'same_payload', 'same_incident', 'same_rule_and_entities', 'storm', 'quiet_before'];
const STATES = ['new', 'new', 'acknowledged', 'suppressed', 'closed'];
const alerts = Array.from({ length: 640 }, (_, i) => {
  const t = tickets[tickets.length - 1 - i];
  return {
    id: uuid(`alert${i}`),
    organization_id: t.organization_id,
    source_id: uuid('source0'),
    source_name: 'FortiSIEM Valdemar',
    incident_id: String(40_210 + i),
    rule_id: t.rule_id,
    rule_name: t.rule_name,
    title: t.title,
    severity: t.severity,
    urgency: t.urgency,
    state: STATES[i % 5],
    source_state: i % 4 ? 'active' : 'cleared',
    source_ip: t.source_ip,
    destination_ip: t.destination_ip,
    asset: t.asset,
    techniques: i % 3 ? ['T1110.003', 'T1078'] : [],
    tactics: i % 3 ? ['credential-access'] : [],
    deliveries: 1 + ((i * 7) % 23),
    occurrences: 1 + ((i * i * 131) % 48_200),
    first_seen_at: ago(i * 410 + 5000),
    last_seen_at: ago(i * 390 + 20),
    created_at: ago(i * 400 + 30),
    ticket: i % 6 === 1 ? null : { id: t.id, reference: t.reference },
    why_grouped: WHY[i % WHY.length],
  };
});

function detail(alert) {
  const asset = assets.find((a) => a.id === alert.asset?.id);
  return {
    ...alert,
    description:
      'Se han detectado varios inicios de sesión fallidos seguidos de uno correcto desde la misma dirección en menos de cinco minutos.',
    remediation:
      'Confirme con la persona titular si reconoce el acceso.\nSi no lo reconoce: cierre la sesión, restablezca la contraseña y revise el equipo de origen.',
    category: 'Security/Credential Access',
    device: 'fw-borde-01.valdemar.example',
    sources: [
      {
        attribute: 'srcIpAddr',
        label: 'Source IP',
        value: alert.source_ip,
        note: alert.source_ip.startsWith('185') ? 'tor-exit-4.example' : undefined,
      },
      { attribute: 'user', label: 'User', value: 'VALDEMAR\\proveedor.externo.mantenimiento-climatizacion-edificio-B' },
    ],
    targets: [
      ...(alert.destination_ip
        ? [{ attribute: 'destIpAddr', label: 'Destination IP', value: alert.destination_ip }]
        : []),
      ...(asset ? [{ attribute: 'hostName', label: 'Host Name', value: asset.hostnames[0] }] : []),
    ],
    details: [
      { attribute: 'eventType', label: 'Event Type', value: 'Win-Security-4625' },
      { attribute: 'winLogonType', label: 'Logon Type', value: '3', note: 'Network' },
      { attribute: 'incidentCount', label: 'Count', value: '48' },
    ],
    raw_events: [],
    problems:
      alert.deliveries % 3
        ? []
        : [{ path: 'incident/@severity', message: 'is "10", beyond the scale of 1 to 9; 9 was taken' }],
    urgency_terms: [
      { factor: 'severity', value: alert.severity, points: 60 },
      { factor: 'asset_criticality', value: alert.asset?.criticality ?? 'unknown', points: alert.asset ? 18 : 0 },
      { factor: 'exposure', value: 'public_source_to_internal_target', points: 8 },
    ],
  };
}
const find = (id) =>
  alerts.find((a) => a.id === id) ??
  (() => {
    throw refuse(404, 'not_found');
  })();

const policies = [
  ['ticket', null, null, null, 'Lo habitual: todo lo que llega abre un ticket.', 18_230],
  [
    'alert_only',
    uuid('source0'),
    'PH_RULE_0044',
    null,
    'Ruido de capacidad; lo lleva Sistemas con su propio panel.',
    912,
  ],
  [
    'suppress',
    null,
    'PH_RULE_0873',
    ago(-86_400 * 9),
    'Auditoría externa de red autorizada hasta fin de mes (contrato 2026/114).',
    47,
  ],
  [
    'suppress',
    uuid('source1'),
    'PH_RULE_0120',
    ago(86_400 * 2),
    'Migración del antivirus en los puestos de Contabilidad.',
    210,
  ],
].map(([action, source_id, rule_id, until, reason, hits], i) => ({
  id: uuid(`policy${i}`),
  organization_id: organizations[i % 2].id,
  source_id,
  rule_id,
  action,
  until,
  reason,
  created_by: people[i].id,
  created_at: ago(86_400 * (i + 3)),
  version: 1,
  hits,
}));

export const alertRoutes = {
  'GET /alerts': ({ query }) => {
    const text = query.get('q')?.toLowerCase();
    const ip = query.get('ip');
    return page(
      alerts.filter(
        (a) =>
          among(query, 'severity', a.severity) &&
          among(query, 'state', a.state) &&
          among(query, 'source_id', a.source_id) &&
          among(query, 'rule_id', a.rule_id) &&
          among(query, 'organization_id', a.organization_id) &&
          (!text || `${a.title} ${a.rule_name} ${a.rule_id}`.toLowerCase().includes(text)) &&
          (!ip || a.source_ip === ip || a.destination_ip === ip),
      ),
      query,
    );
  },
  'GET /alerts/:id': ({ id }) => detail(find(id)),
  'GET /alerts/:id/raw': ({ id }) => ({
    items: [0, 1].map((i) => ({
      alert_id: id,
      received_at: ago(400 * (i + 1)),
      content_type: 'text/xml',
      size_bytes: 1840,
      is_lossy: i === 1,
      body_text: `<?xml version="1.0" encoding="UTF-8"?>\n<incident incidentId="${find(id).incident_id}" ruleType="${find(id).rule_id}" severity="9" repeatCount="${i + 1}">\n  <name>${find(id).rule_name}</name>\n  <incidentSource>\n    <entry attribute="srcIpAddr" name="Source IP">${find(id).source_ip}</entry>\n  </incidentSource>\n  <rawEvents>&lt;134&gt;Nov 20 21:04:11 fw-borde-01 devname="FW-BORDE-01" logid="0101039426" type="event" subtype="vpn" level="alert" action="ssl-login-fail" user="jlopez" remip=${find(id).source_ip}</rawEvents>\n</incident>${i ? '\n\uFFFD\uFFFD' : ''}`,
    })),
  }),
  'POST /alerts/:id/acknowledge': ({ id }) => detail(Object.assign(find(id), { state: 'acknowledged' })),
  'POST /alerts/:id/promote': ({ id }) => {
    const t = tickets[tickets.length - 3];
    Object.assign(find(id), { ticket: { id: t.id, reference: t.reference }, state: 'acknowledged' });
    return t;
  },
  'GET /alert-policies': () => ({ items: policies, next_cursor: null }),
  'POST /alert-policies': ({ body }) => {
    if (
      policies.some(
        (p) =>
          p.organization_id === body.organization_id &&
          p.source_id === (body.source_id ?? null) &&
          p.rule_id === (body.rule_id ?? null),
      )
    )
      throw refuse(409, 'policy_exists');
    const policy = {
      id: uuid(`policy${Math.random()}`),
      source_id: null,
      rule_id: null,
      until: null,
      ...body,
      created_by: me.user.id,
      created_at: now(),
      version: 1,
      hits: 0,
    };
    policies.unshift(policy);
    return policy;
  },
  'PATCH /alert-policies/:id': ({ id, body, request }) => {
    const policy = policies.find((p) => p.id === id);
    requireVersion(request, policy.version);
    return Object.assign(policy, body, { version: policy.version + 1 });
  },
  'DELETE /alert-policies/:id': ({ id }) => {
    policies.splice(
      policies.findIndex((p) => p.id === id),
      1,
    );
  },
};

export function newAlert() {
  const alert = {
    ...alerts[7],
    id: uuid(`alert${Math.random()}`),
    state: 'new',
    created_at: now(),
    last_seen_at: now(),
    severity: 'critical',
  };
  alerts.unshift(alert);
  return alert;
}
