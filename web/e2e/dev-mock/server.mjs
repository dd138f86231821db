// A stand-in for the server while developing the pages: `npm run dev:mock`, then `npm run dev`.
// It also serves dist/ with the real headers, to see the built application under its content security policy.
import { createReadStream, existsSync, readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { extname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WebSocketServer } from 'ws';
import { addTicket, me, now, organizations, people, tickets, uuid } from './data.mjs';
import { extra } from './extra.mjs';
import { activity, alertsOf, byId, detail, filtered, list, note, ref, similar, touch } from './tickets.mjs';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));
const port = Number(process.env.PORT ?? 8080);
const state = {
  isSignedIn: process.env.SIGNED_OUT !== '1',
  mustChange: process.env.MUST_CHANGE === '1',
  seq: 100,
  views: [],
  merges: new Map(),
  delay: 0,
};
const sockets = new Set();

const history = [];
export function emit(topic, id, change, data) {
  const event = { seq: String(++state.seq), topic, organization_id: organizations[0].id, id, change, data };
  history.push(event);
  const text = JSON.stringify({ type: 'events', events: [event] });
  for (const socket of sockets) socket.send(text);
}
const changed = (t, change = 'updated') =>
  emit('tickets', t.id, change, {
    reference: t.reference,
    title: t.title,
    severity: t.severity,
    urgency: t.urgency,
    stage: t.stage,
    assignee_id: t.assignee?.id ?? null,
    version: t.version,
  });

class Refused extends Error {
  constructor(status, code, extra = {}) {
    super(code);
    Object.assign(this, {
      status,
      body: { type: 'about:blank', title: code, status, code, request_id: 'req-7f31', ...extra },
    });
  }
}
const find = (id) =>
  byId.get(id) ??
  (() => {
    throw new Refused(404, 'not_found');
  })();
const person = (id) => people.find((p) => p.id === id);
const currentMe = () => ({ ...me, must_change_password: state.mustChange });

function checkVersion(request, t) {
  const tag = request.headers['if-match'];
  if (!tag) throw new Refused(428, 'precondition_required');
  if (tag !== `"${t.version}"`) throw new Refused(412, 'version_conflict');
}
function finish(t, body, stage) {
  touch(t, {
    stage,
    verdict: body.verdict,
    impact: body.impact,
    reason: body.reason,
    resolved_at: now(),
    closed_at: stage === 'closed' ? now() : null,
    offer_suppression: body.verdict === 'false_positive',
  });
  note(t, 'verdict', { verdict: body.verdict, impact: body.impact, reason: body.reason, stage });
  changed(t);
  return detail(t);
}

const routes = {
  'GET /session': () => currentMe(),
  'POST /session': ({ body }) => {
    if (body.password === 'wrong') throw new Refused(401, 'invalid_credentials');
    if (body.password === 'many') throw new Refused(429, 'too_many_attempts');
    state.isSignedIn = true;
    return currentMe();
  },
  'DELETE /session': () => {
    state.isSignedIn = false;
  },
  'POST /session/password': ({ body }) => {
    if (body.new_password.length < 15)
      throw new Refused(422, 'validation_failed', { errors: [{ path: 'new_password', message: 'too short' }] });
    state.mustChange = false;
  },
  'PATCH /session/preferences': ({ body }) => {
    const { queue_columns, ...rest } = body;
    Object.assign(me.user, rest);
    if (queue_columns) me.user.preferences = { ...me.user.preferences, queue_columns };
    return currentMe();
  },
  'GET /users/assignable': () => ({ items: people }),
  'GET /tickets': ({ query }) => list(query),
  'GET /tickets/count': ({ query }) => {
    const count = filtered(query).length;
    return { count: Math.min(count, 10000), is_exact: count <= 10000 };
  },
  'POST /tickets': ({ body }) => {
    const t = addTicket();
    Object.assign(t, {
      title: body.title,
      severity: body.severity,
      organization_id: body.organization_id,
      description: body.description,
    });
    changed(t, 'created');
    return detail(t);
  },
  'GET /tickets/:id': ({ id }) => detail(find(id)),
  'PATCH /tickets/:id': ({ id, body, request }) => {
    const t = find(id);
    checkVersion(request, t);
    const { assignee_id, ...rest } = body;
    touch(t, rest);
    if (assignee_id !== undefined)
      t.assignee = assignee_id ? { id: assignee_id, display_name: person(assignee_id)?.display_name } : null;
    note(
      t,
      assignee_id !== undefined ? 'assigned' : body.stage ? 'status' : 'edited',
      assignee_id !== undefined
        ? { assignee: t.assignee?.display_name ?? null }
        : body.stage
          ? { to: body.stage }
          : { fields: Object.keys(body) },
    );
    changed(t);
    return detail(t);
  },
  'POST /tickets/:id/claim': ({ id }) => {
    const t = find(id);
    if (t.assignee && t.assignee.id !== me.user.id)
      throw new Refused(409, 'already_claimed', { detail: t.assignee.display_name });
    touch(t, {
      assignee: { id: me.user.id, display_name: me.user.display_name },
      stage: 'in_progress',
      acknowledged_at: now(),
    });
    note(t, 'assigned', { assignee: me.user.display_name });
    changed(t);
    return detail(t);
  },
  'POST /tickets/:id/resolve': ({ id, body }) => finish(find(id), body, 'resolved'),
  'POST /tickets/:id/close': ({ id, body }) => finish(find(id), body, 'closed'),
  'POST /tickets/:id/reopen': ({ id, body }) => {
    const t = touch(find(id), { stage: 'in_progress', verdict: null });
    note(t, 'reopened', { reason: body.reason });
    changed(t);
    return detail(t);
  },
  'GET /tickets/:id/activity': ({ id }) => ({ items: activity(find(id)), next_cursor: null }),
  'POST /tickets/:id/comments': ({ id, body }) => {
    const t = find(id);
    const entry = note(
      t,
      'comment',
      {},
      { id: uuid(String(Math.random())), body_markdown: body.body_markdown, edited_at: null, version: 1, mentions: [] },
    );
    emit('comments', entry.comment.id, 'created', { ticket_id: id });
    return entry;
  },
  'PATCH /tickets/:id/comments/:other': ({ id, other, body, request }) => {
    const entry = activity(find(id)).find((each) => each.comment?.id === other);
    checkVersion(request, entry.comment);
    Object.assign(entry.comment, {
      body_markdown: body.body_markdown,
      edited_at: now(),
      version: entry.comment.version + 1,
    });
    return entry;
  },
  'GET /tickets/:id/alerts': ({ id }) => ({ items: alertsOf(find(id)), next_cursor: null }),
  'GET /tickets/:id/similar': ({ id }) => ({ items: similar(find(id)) }),
  'GET /tickets/:id/attachments': ({ id }) => ({ items: find(id).attachments ?? [] }),
  'POST /tickets/:id/attachments': ({ id, raw, request }) => {
    const t = find(id);
    const name = /filename="([^"]+)"/.exec(raw)?.[1] ?? 'fichero';
    const item = {
      id: uuid(name + Math.random()),
      name,
      size_bytes: Number(request.headers['content-length']),
      sha256: 'a'.repeat(64),
      media_type: 'application/octet-stream',
      uploaded_by: person(me.user.id),
      created_at: now(),
    };
    t.attachments = [...(t.attachments ?? []), item];
    note(t, 'attachment', { name });
    return item;
  },
  'PUT /tickets/:id/watch': ({ id }) => {
    find(id).watchers = [...(find(id).watchers ?? []), people[0]];
  },
  'DELETE /tickets/:id/watch': ({ id }) => {
    find(id).watchers = (find(id).watchers ?? []).filter((w) => w.id !== me.user.id);
  },
  'POST /tickets/:id/links': ({ id, body }) => {
    const t = find(id);
    t.links = [...(t.links ?? []), { kind: body.kind, is_incoming: false, ticket: ref(find(body.ticket_id)) }];
    return {};
  },
  'DELETE /tickets/:id/links/:other': ({ id, other }) => {
    const t = find(id);
    t.links = (t.links ?? []).filter((l) => l.ticket.id !== other);
  },
  'POST /tickets/bulk': ({ body }) => {
    const result = { changed: [], failed: [] };
    for (const id of body.ids) {
      const t = find(id);
      const { assignee_id, close, add_tags, remove_tags, ...rest } = body.change;
      touch(t, rest);
      if (assignee_id !== undefined)
        t.assignee = assignee_id ? { id: assignee_id, display_name: person(assignee_id)?.display_name } : null;
      if (close) touch(t, { stage: 'closed', ...close });
      if (add_tags) t.tags = [...new Set([...t.tags, ...add_tags])];
      result.changed.push({ id, version: t.version });
      changed(t);
    }
    return result;
  },
  'POST /tickets/merge': ({ body }) => {
    const survivor = find(body.survivor_id);
    const merge_id = uuid(`merge${Math.random()}`);
    const undo_until = new Date(Date.now() + 60000).toISOString();
    for (const id of body.member_ids) {
      touch(find(id), { merged_into: { id: survivor.id, reference: survivor.reference } });
      changed(find(id));
    }
    touch(survivor, { members: body.member_ids.map((id) => ref(find(id))), merge: { id: merge_id, undo_until } });
    note(survivor, 'merged', { members: body.member_ids.map((id) => find(id).reference) });
    state.merges.set(merge_id, body);
    changed(survivor);
    return { merge_id, survivor: detail(survivor), undo_until };
  },
  'POST /tickets/:id/split': ({ id, body }) => {
    const t = find(id);
    t.members = (t.members ?? []).filter((m) => m.id !== body.member_id);
    touch(find(body.member_id), { merged_into: null });
    note(t, 'split', { member: find(body.member_id).reference });
    return detail(find(body.member_id));
  },
  'POST /tickets/merges/:id/undo': ({ id }) => {
    const merge = state.merges.get(id);
    for (const member of merge.member_ids) {
      touch(find(member), { merged_into: null });
      changed(find(member));
    }
    touch(find(merge.survivor_id), { members: [], merge: null });
    changed(find(merge.survivor_id));
  },
  'GET /tickets/:id/raw': ({ id }) => ({
    items: alertsOf(find(id))
      .slice(0, 2)
      .map((a) => ({
        alert_id: a.id,
        received_at: a.created_at,
        content_type: 'text/xml',
        size_bytes: 1840,
        body_text: `<incident incidentId="${a.incident_id}" ruleType="${a.rule_id}" severity="9">\n  <name>${a.rule_name}</name>\n  <incidentSource><entry name="Source IP" attribute="srcIpAddr">${a.source_ip}</entry></incidentSource>\n</incident>`,
      })),
  }),
  'GET /views': () => ({ items: state.views, next_cursor: null }),
  'POST /views': ({ body }) => {
    const view = { id: uuid(`v${Math.random()}`), owner_id: me.user.id, version: 1, ...body };
    state.views.push(view);
    return view;
  },
  'DELETE /views/:id': ({ id }) => {
    state.views = state.views.filter((v) => v.id !== id);
  },
  'GET /notices': () => ({
    items: ['assigned', 'mentioned', 'watched'].map((kind, i) => ({
      id: uuid(`n${i}`),
      kind,
      ticket: ref(tickets[tickets.length - 3 - i]),
      actor: { kind: 'user', id: people[i + 1].id, name: people[i + 1].display_name },
      created_at: tickets[tickets.length - 1 - i * 40].created_at,
      read_at: state.read || i === 2 ? now() : null,
      excerpt: i === 1 ? '@Lucía ¿puedes mirar si la cuenta sigue activa?' : null,
    })),
    next_cursor: null,
  }),
  'GET /notices/count': () => ({ unread: state.read ? 0 : 2 }),
  'POST /notices/read': () => {
    state.read = true;
  },
  'POST /live/tickets': () => ({ ticket: uuid('live'), expires_in: 30 }),
  ...extra,
};

const compiled = Object.entries(routes)
  .map(([key, handle]) => {
    const [method, path] = key.split(' ');
    return {
      method,
      handle,
      isFixed: !path.includes(':'),
      pattern: new RegExp(`^${path.replace(/:(\w+)/g, '(?<$1>[^/]+)')}$`),
    };
  })
  .sort((a, b) => Number(b.isFixed) - Number(a.isFixed));

async function answer(request, response) {
  const url = new URL(request.url, 'http://x');
  if (url.pathname.startsWith('/__')) return control(url, response);
  if (!url.pathname.startsWith('/api/v1')) return serveFile(url.pathname, response);
  const path = url.pathname.slice('/api/v1'.length);
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  const raw = Buffer.concat(chunks).toString('latin1');
  if (state.delay) await new Promise((done) => setTimeout(done, state.delay));
  try {
    if (!state.isSignedIn && !(path === '/session' && request.method === 'POST'))
      throw new Refused(401, 'unauthenticated');
    for (const { method, pattern, handle } of compiled) {
      const match = method === request.method && pattern.exec(path);
      if (!match) continue;
      const isJson = request.headers['content-type']?.includes('json');
      const result = handle({
        query: url.searchParams,
        body: isJson && raw ? JSON.parse(Buffer.concat(chunks).toString()) : undefined,
        raw,
        request,
        ...match.groups,
      });
      return send(response, result === undefined ? 204 : 200, result);
    }
    throw new Refused(404, 'not_found');
  } catch (error) {
    if (!(error instanceof Refused)) console.error(error);
    send(response, error.status ?? 500, error.body ?? { status: 500, code: 'internal', request_id: 'req-500' });
  }
}
function send(response, status, body) {
  response.writeHead(status, {
    'content-type': status < 400 ? 'application/json' : 'application/problem+json',
    ...(status === 429 ? { 'retry-after': '42' } : {}),
  });
  response.end(body === undefined ? undefined : JSON.stringify(body));
}

/** Switches for tests: /__new?count=3, /__touch?n=5, /__sign-out, /__delay?ms=800, /__drop. */
function control(url, response) {
  const count = Number(url.searchParams.get('count') ?? 1);
  if (url.pathname === '/__new') for (let i = 0; i < count; i++) changed(addTicket(), 'created');
  if (url.pathname === '/__touch') {
    const t = filtered(new URLSearchParams(url.search))[Number(url.searchParams.get('n') ?? 0)];
    changed(
      touch(t, {
        severity: 'low',
        title: `${t.title} (actualizado)`,
        assignee: person(people[2].id),
        stage: 'in_progress',
      }),
    );
  }
  if (url.pathname === '/__edit') {
    changed(touch(find(url.searchParams.get('id')), { title: 'Título cambiado por otra persona' }));
  }
  if (url.pathname === '/__sign-out') state.isSignedIn = false;
  if (url.pathname === '/__sign-in') state.isSignedIn = true;
  if (url.pathname === '/__must-change') state.mustChange = true;
  if (url.pathname === '/__delay') state.delay = Number(url.searchParams.get('ms') ?? 0);
  if (url.pathname === '/__drop') for (const socket of sockets) socket.close();
  response.end('ok');
}

const TYPES = { '.js': 'text/javascript', '.css': 'text/css', '.svg': 'image/svg+xml', '.woff2': 'font/woff2' };
function serveFile(path, response) {
  if (extname(path) && existsSync(dist + path)) {
    response.writeHead(200, {
      'content-type': TYPES[extname(path)] ?? 'application/octet-stream',
      'cache-control': 'max-age=31536000, immutable',
    });
    return createReadStream(dist + path).pipe(response);
  }
  const nonce = 'bW9jaw';
  const boot = {
    me: state.isSignedIn ? currentMe() : null,
    locale_hint: process.env.LOCALE ?? 'es',
    tickets:
      state.isSignedIn && !state.mustChange
        ? list(new URLSearchParams('stage=new,in_progress,pending&sort=-urgency&limit=50'))
        : null,
    dashboard: null,
    version: '0.1.0',
    live_seq: String(state.seq),
  };
  const html = readFileSync(`${dist}/index.html`, 'utf8')
    .replace('id="boot"></script>', () => `id="boot">${JSON.stringify(boot).replaceAll('<', '\\u003c')}</script>`)
    .replace('name="style-nonce" content=""', `name="style-nonce" content="${nonce}"`);
  response.writeHead(200, {
    'content-type': 'text/html; charset=utf-8',
    'content-security-policy': `default-src 'self'; style-src 'self' 'nonce-${nonce}'; style-src-attr 'unsafe-inline'; script-src 'self'; img-src 'self' data: blob:; connect-src 'self'`,
  });
  response.end(html);
}

const server = createServer((request, response) => void answer(request, response));
const hub = new WebSocketServer({ server, path: '/api/v1/live' });
hub.on('connection', (socket, request) => {
  const last = new URL(request.url, 'http://x').searchParams.get('last_seq');
  sockets.add(socket);
  socket.send(JSON.stringify({ type: 'hello', seq: String(state.seq), resumed: last !== null }));
  const missed = history.filter((event) => last !== null && Number(event.seq) > Number(last));
  if (missed.length > 0) socket.send(JSON.stringify({ type: 'events', events: missed }));
  socket.on('message', (text) => String(text).includes('ping') && socket.send('{"type":"pong"}'));
  socket.on('close', () => sockets.delete(socket));
});
if (process.env.LIVELY)
  setInterval(() => {
    changed(addTicket(), 'created');
    changed(touch(tickets[tickets.length - 30], {}));
  }, Number(process.env.LIVELY));
server.listen(port, '127.0.0.1', () => console.log(`mock on http://127.0.0.1:${port}`));
