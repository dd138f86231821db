// Believable, repeatable data: the n-th ticket is always the same one.
import { createHash } from 'node:crypto';

function random(seed) {
  let state = seed >>> 0 || 1;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}
const rnd = random(42);
const pick = (list) => list[Math.floor(rnd() * list.length)];
export const uuid = (text) => {
  const hex = createHash('sha1').update(text).digest('hex');
  return `019${hex.slice(0, 5)}-${hex.slice(5, 9)}-7${hex.slice(9, 12)}-8${hex.slice(12, 15)}-${hex.slice(15, 27)}`;
};
const ago = (seconds) => new Date(Date.now() - seconds * 1000).toISOString().replace(/\.\d+Z/, 'Z');

export const organizations = [
  'Ayuntamiento de Valdemar',
  'Hospital San Roque',
  'Universidad del Ebro',
  'Transportes Iberia Norte',
].map((name, i) => ({ id: uuid(`org${i}`), name, slug: `org-${i}`, created_at: ago(8e6), version: 1 }));
export const people = [
  'Lucía Ferrer',
  'Andrés Molina',
  'Iker Zabaleta',
  'Nuria Campos',
  'Tomás Rey',
  'Aïcha Benali',
].map((display_name, i) => ({
  id: uuid(`user${i}`),
  display_name,
  email: `${display_name.split(' ')[0].toLowerCase()}@cibercase.example`,
}));

const rules = [
  [
    'PH_RULE_1042',
    'Múltiples inicios de sesión fallidos seguidos de uno correcto',
    'Inicio correcto tras 48 fallos: cuenta {user} desde {src}',
  ],
  ['PH_RULE_2210', 'Tráfico hacia servidor de mando y control conocido', 'Baliza periódica hacia {dst} desde {asset}'],
  ['PH_RULE_0873', 'Escaneo de puertos interno', '{src} ha explorado 1.024 puertos de {asset}'],
  ['PH_RULE_3307', 'Ejecución de PowerShell ofuscado', 'PowerShell codificado en {asset} (usuario {user})'],
  ['PH_RULE_4111', 'Cuenta añadida a administradores del dominio', '{user} añadido a Domain Admins en {asset}'],
  ['PH_RULE_1550', 'Exfiltración probable por DNS', 'Consultas DNS anómalas desde {asset}: 14.220 en 10 minutos'],
  ['PH_RULE_0120', 'Antivirus desactivado', 'Protección en tiempo real desactivada en {asset}'],
  ['PH_RULE_6602', 'Acceso VPN desde dos países en una hora', '{user} conectado desde España y Vietnam en 42 minutos'],
  ['PH_RULE_7001', 'Correo con adjunto malicioso entregado', 'Adjunto «Factura_noviembre.xlsm» entregado a 12 buzones'],
  ['PH_RULE_0044', 'Disco casi lleno en sensor', 'El sensor {asset} ha superado el 95 % de ocupación'],
];
const levels = ['informational', 'low', 'medium', 'high', 'critical'];
const stages = ['new', 'new', 'new', 'in_progress', 'in_progress', 'pending', 'resolved', 'closed', 'closed'];
const verdicts = ['true_positive', 'benign_positive', 'false_positive', 'undetermined', 'duplicate'];
const hosts = [
  'SRV-DC01',
  'SRV-SQL03',
  'WS-CONTA-114',
  'FW-BORDE-01',
  'SRV-CORREO',
  'WS-RRHH-022',
  'AP-LAB-7',
  'SRV-PACS',
  'WS-ALCALDIA-01',
  'SRV-WEB-PORTAL-CIUDADANO-PRODUCCION-02',
];
const kinds = [
  'server',
  'database',
  'workstation',
  'firewall',
  'server',
  'workstation',
  'network',
  'server',
  'workstation',
  'application',
];
const crit = ['critical', 'critical', 'medium', 'critical', 'high', 'low', 'low', 'critical', 'high', 'high'];

export const assets = hosts.map((name, i) => ({
  id: uuid(`asset${i}`),
  organization_id: organizations[i % 4].id,
  name,
  kind: kinds[i],
  criticality: crit[i],
  state: 'active',
  owner: pick(people).display_name,
  department: pick(['Sistemas', 'Contabilidad', 'Recursos humanos', 'Redes']),
  description: null,
  is_internet_facing: i % 3 === 0,
  addresses: [`10.${i}.4.${10 + i}`],
  hostnames: [`${name.toLowerCase()}.valdemar.example`],
  tags: i % 2 ? ['producción'] : [],
  version: 1,
  created_at: ago(9e6),
  updated_at: ago(4e5),
}));

function makeTicket(n, total) {
  const [rule_id, rule_name, template] = pick(rules);
  const index = Math.floor(rnd() * assets.length);
  const asset = rnd() < 0.75 ? assets[index] : null;
  const step = rnd() < 0.08 ? 4 : rnd() < 0.25 ? 3 : rnd() < 0.6 ? 2 : rnd() < 0.8 ? 1 : 0;
  const severity = levels[step];
  const bonus = asset ? { low: 0, medium: 4, high: 10, critical: 18 }[asset.criticality] : 0;
  const urgency_score = Math.min(100, 12 + step * 16 + bonus + Math.floor(rnd() * 6));
  const urgency =
    levels[urgency_score >= 85 ? 4 : urgency_score >= 65 ? 3 : urgency_score >= 42 ? 2 : urgency_score >= 22 ? 1 : 0];
  const age = ((total - n) / total) * 60 * 86400 + rnd() * 600;
  const stage = age > 30 * 86400 ? pick(['closed', 'closed', 'resolved']) : pick(stages);
  const isDone = stage === 'resolved' || stage === 'closed';
  const source_ip = `${pick(['10.20', '192.168', '185.220', '45.155'])}.${Math.floor(rnd() * 255)}.${Math.floor(rnd() * 255)}`;
  const destination_ip =
    rnd() < 0.7 ? `${pick(['10.4', '172.16', '91.240'])}.${Math.floor(rnd() * 255)}.${Math.floor(rnd() * 255)}` : null;
  const assignee = stage === 'new' ? null : pick(people);
  const user = pick(['jlopez', 'm.garcia', 'svc_backup', 'adm-rey', 'proveedor.ext']);
  const title = template
    .replace('{user}', user)
    .replace('{src}', source_ip)
    .replace('{dst}', destination_ip ?? '91.240.118.172')
    .replace('{asset}', asset?.name ?? source_ip);
  const alerts = 1 + Math.floor(rnd() ** 4 * 40);
  return {
    id: uuid(`t${n}`),
    organization_id: organizations[index % 4].id,
    reference: `TCK-2026-${String(n + 1).padStart(6, '0')}`,
    title,
    stage,
    status: null,
    severity,
    urgency,
    urgency_score,
    assignee: assignee && { id: assignee.id, display_name: assignee.display_name },
    rule_id,
    rule_name,
    source_ip,
    destination_ip,
    asset: asset && { id: asset.id, name: asset.name, criticality: asset.criticality },
    alerts,
    occurrences: alerts + Math.floor(rnd() ** 3 * 5000),
    first_seen_at: ago(age + 3600 * rnd()),
    last_seen_at: ago(age * rnd()),
    created_at: ago(age),
    updated_at: ago(age * 0.5),
    acknowledged_at: stage === 'new' ? null : ago(age * 0.9),
    resolved_at: isDone ? ago(age * 0.4) : null,
    closed_at: stage === 'closed' ? ago(age * 0.3) : null,
    verdict: isDone ? pick(verdicts) : null,
    tags: rnd() < 0.2 ? [pick(['phishing', 'vpn', 'exfiltración', 'revisión-semanal'])] : [],
    merged_into: null,
    is_storm: rnd() < 0.01,
    version: 1,
    user,
  };
}

const TOTAL = Number(process.env.TICKETS ?? 100000);
export const tickets = Array.from({ length: TOTAL }, (_, n) => makeTicket(n, TOTAL));
export const byId = new Map(tickets.map((ticket) => [ticket.id, ticket]));
export const addTicket = () => {
  const ticket = {
    ...makeTicket(tickets.length, tickets.length + 1),
    stage: 'new',
    assignee: null,
    verdict: null,
    created_at: ago(0),
    last_seen_at: ago(0),
    updated_at: ago(0),
  };
  tickets.push(ticket);
  byId.set(ticket.id, ticket);
  return ticket;
};

export const permissions = [
  'tickets:read',
  'tickets:write',
  'tickets:raw',
  'tickets:reopen',
  'tickets:merge',
  'tickets:create',
  'tickets:assign',
  'tickets:close',
  'tickets:export',
  'attachments:read',
  'attachments:write',
  'notices:read',
  'roles:read',
  'policies:write',
  'suppressions:write',
  'assets:import',
  'assets:export',
  'health:read',
  'alerts:read',
  'alerts:write',
  'assets:read',
  'assets:write',
  'sources:read',
  'sources:write',
  'quarantine:read',
  'quarantine:write',
  'dashboard:read',
  'users:read',
  'users:write',
  'organizations:read',
  'organizations:write',
  'audit:read',
];

export const me = {
  user: {
    id: people[0].id,
    email: people[0].email,
    display_name: people[0].display_name,
    locale: null,
    color_scheme: null,
    preferences: {},
  },
  must_change_password: false,
  permissions: Object.fromEntries(permissions.map((name) => [name, organizations.map((o) => o.id)])),
  organizations: organizations.map(({ id, name, slug }) => ({ id, name, slug })),
  roles: [{ organization_id: null, role: 'soc_manager' }],
  session: { id: uuid('session'), created_at: ago(4000), expires_at: ago(-40000), idle_expires_at: ago(-1800) },
};

export const now = () => ago(0);
export { ago };
