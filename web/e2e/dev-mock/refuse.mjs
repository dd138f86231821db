// What the server answers when it says no.
export function refuse(status, code, more = {}) {
  return Object.assign(new Error(code), {
    status,
    body: { type: 'about:blank', title: code, status, code, request_id: 'req-7f31', ...more },
  });
}
export function requireVersion(request, current) {
  const tag = request.headers['if-match'];
  if (!tag) throw refuse(428, 'precondition_required');
  if (tag !== `"${current}"`) throw refuse(412, 'version_conflict');
}
export function page(all, query) {
  const limit = Number(query.get('limit') ?? 50);
  const start = Number(query.get('cursor') ?? 0);
  return {
    items: all.slice(start, start + limit),
    next_cursor: start + limit < all.length ? String(start + limit) : null,
  };
}
export const among = (query, name, value) => !query.get(name) || query.get(name).split(',').includes(String(value));
