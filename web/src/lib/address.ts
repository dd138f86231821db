/** What is wrong with an address, as the server would say it; null when nothing is. */
export type AddressProblem = 'not_an_address' | 'bits_beyond_prefix' | 'every_address';

const V4 = /^(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)(\.(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)){3}$/;

/** One host or one network: `10.0.0.5`, `10.0.0.0/24`, `2001:db8::/32`. */
export function addressProblem(text: string): AddressProblem | null {
  const [host = '', prefix, ...rest] = text.split('/');
  const isV4 = V4.test(host);
  if (rest.length > 0 || (!isV4 && !isV6(host))) return 'not_an_address';
  if (prefix === undefined) return null;
  const length = Number(prefix);
  if (!/^\d{1,3}$/.test(prefix) || length > (isV4 ? 32 : 128)) return 'not_an_address';
  if (length === 0) return 'every_address';
  return isV4 && hasHostBits(host, length) ? 'bits_beyond_prefix' : null;
}

function isV6(text: string): boolean {
  if (!text.includes(':') || text.includes('%')) return false;
  return URL.canParse(`http://[${text}]/`);
}

function hasHostBits(host: string, length: number): boolean {
  const value = host.split('.').reduce((sum, part) => sum * 256 + Number(part), 0);
  return value % 2 ** (32 - length) !== 0;
}

const LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/i;

/** RFC 1123: letters, digits and hyphens in parts joined by dots. */
export function isHostname(text: string): boolean {
  const name = text.replace(/\.$/, '');
  return name.length <= 253 && !V4.test(name) && name.split('.').every((label) => LABEL.test(label));
}
