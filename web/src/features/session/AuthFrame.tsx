import type { ReactNode } from 'react';
import { useTranslation } from 'react-i18next';
import { ProofGate } from './ProofGate';
import classes from './session.module.css';

/** The page around sign-in and password change: a quiet instrument face and one form. */
export function AuthFrame({ children }: { children: ReactNode }) {
  const { t } = useTranslation();
  return (
    <div className={classes.page}>
      <header className={classes.side}>
        <Scope />
        <div className={classes.brand}>
          <svg width="28" height="28" viewBox="0 0 32 32" aria-hidden>
            <path
              d="M24.6 8.4A11.4 11.4 0 1 0 24.6 23.6"
              fill="none"
              stroke="currentColor"
              strokeWidth="3.4"
              strokeLinecap="round"
            />
            <circle cx="16.2" cy="16" r="3.6" fill="#f0c35a" />
          </svg>
          CiberCase
        </div>
        <p className={classes.motto}>{t('session.motto')}</p>
      </header>
      <main className={classes.panel}>{children}</main>
      <ProofGate />
    </div>
  );
}

const RINGS = [40, 72, 104, 136, 168];
const TICKS = Array.from({ length: 72 }, (_, index) => index * 5);

/** Range rings and ticks, as on a bearing dial. */
function Scope() {
  return (
    <svg className={classes.scope} viewBox="-190 -190 380 380" aria-hidden>
      <g fill="none" stroke="currentColor" strokeWidth="0.6">
        {RINGS.map((radius) => (
          <circle key={radius} r={radius} />
        ))}
        <path d="M-176 0H176M0-176V176" strokeDasharray="1 5" />
        {TICKS.map((angle) => (
          <path key={angle} d={angle % 30 === 0 ? 'M0-182V-168' : 'M0-176V-168'} transform={`rotate(${angle})`} />
        ))}
      </g>
      <path d="M0 0 118-118" stroke="currentColor" strokeWidth="1" />
      <circle cx="58" cy="-87" r="3" fill="#f0c35a" />
      <circle cx="-66" cy="30" r="2" fill="currentColor" />
      <circle cx="20" cy="120" r="2" fill="currentColor" />
    </svg>
  );
}
