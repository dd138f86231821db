import { useState } from 'react';
import type { Me, SecondFactorMethod } from '@/api/model';
import { canUsePasskeys } from '@/lib/webauthn';
import { CodeForm } from './CodeForm';
import { PasskeyForm } from './PasskeyForm';

interface SecondStepProps {
  /** What the person has set up. */
  methods: readonly SecondFactorMethod[];
  onSignedIn: (me: Me) => void;
  onRestart: () => void;
}

/** A passkey for whoever has one, in a browser that knows them; otherwise a code. */
export function SecondStep({ methods, onSignedIn, onRestart }: SecondStepProps) {
  const hasApp = methods.includes('totp');
  const hasPasskey = methods.includes('passkey') && canUsePasskeys();
  const [isCode, setCode] = useState(!hasPasskey);
  const common = { onSignedIn, onRestart };
  if (!isCode) return <PasskeyForm {...common} hasApp={hasApp} onCode={() => setCode(true)} />;
  return <CodeForm {...common} hasApp={hasApp} onPasskey={hasPasskey ? () => setCode(false) : undefined} />;
}
