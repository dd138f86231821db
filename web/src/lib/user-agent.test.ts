import i18next from 'i18next';
import { expect, it } from 'vitest';
import { deviceName, readUserAgent } from './user-agent';

it.each([
  ['Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0', 'Firefox', 'Linux', false],
  [
    'Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1 Version/18.1 Mobile/15E148 Safari/604.1',
    'Safari',
    'iOS',
    true,
  ],
  [
    'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/141.0.0.0 Safari/537.36 Edg/141.0',
    'Edge',
    'Windows',
    false,
  ],
  ['curl/8.14.1', 'curl', '', false],
])('a browser is recognised by its name: %s', (text, browser, system, isPhone) => {
  expect(readUserAgent(text)).toEqual({ browser, system, isPhone });
});

it('what says nothing is unknown', () => {
  expect(readUserAgent(null)).toBeNull();
  expect(readUserAgent('x')).toBeNull();
});

it('a device is called by its program and its system, or by the one that is known', () => {
  const t = i18next.getFixedT('en');
  const device = { browser: 'Firefox', system: 'Linux', isPhone: false };
  expect(deviceName(device, t)).toBe('Firefox on Linux');
  expect(deviceName({ ...device, browser: 'curl', system: '' }, t)).toBe('curl');
  expect(deviceName({ ...device, browser: '' }, t)).toBe('Linux');
});
