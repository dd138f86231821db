import { MantineProvider } from '@mantine/core';
import { render, screen } from '@testing-library/react';
import { afterEach, expect, it, vi } from 'vitest';
import { CodesOnce } from './CodesOnce';

afterEach(() => vi.unstubAllGlobals());

it('codes that are shown once can be kept as a file', async () => {
  const files: Blob[] = [];
  const createObjectURL = (file: Blob) => `blob:${files.push(file)}`;
  vi.stubGlobal('URL', Object.assign(URL, { createObjectURL, revokeObjectURL: vi.fn() }));
  const click = vi.spyOn(HTMLAnchorElement.prototype, 'click').mockImplementation(() => {});
  render(<CodesOnce codes={['AAAA-BBBB', 'CCCC-DDDD']} note="Keep them" />, { wrapper: MantineProvider });
  screen.getByRole('button', { name: 'Download' }).click();
  expect(click.mock.contexts[0]).toMatchObject({ download: 'cibercase-recovery-codes.txt', href: 'blob:1' });
  expect(files[0]?.size).toBe('AAAA-BBBB\nCCCC-DDDD\n'.length);
});
