import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { fireEvent, render, screen } from '@testing-library/react';
import type { ReactNode } from 'react';
import { expect, it, vi } from 'vitest';
import type { SecondFactorMethod } from '@/api/model';
import { SecondStep } from './SecondStep';

vi.mock('@/lib/webauthn', () => ({ canUsePasskeys: () => true, getPasskey: vi.fn() }));

const client = new QueryClient();
const wrapper = ({ children }: { children: ReactNode }) => (
  <MantineProvider>
    <QueryClientProvider client={client}>{children}</QueryClientProvider>
  </MantineProvider>
);
const show = (...methods: SecondFactorMethod[]) =>
  render(<SecondStep methods={methods} onSignedIn={() => {}} onRestart={() => {}} />, { wrapper });

it('who has only a passkey is told that the other way is a recovery code', () => {
  show('passkey');
  fireEvent.click(screen.getByRole('button', { name: 'Use a recovery code' }));
  expect(screen.getByLabelText('Recovery code')).toBeDefined();
});

it('who has the app too may show one of its codes', () => {
  show('passkey', 'totp');
  fireEvent.click(screen.getByRole('button', { name: 'Use a code instead' }));
  expect(screen.getByLabelText('Code')).toBeDefined();
});
