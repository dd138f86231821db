import { memo } from 'react';
import { useTranslation } from 'react-i18next';
import classes from './badges.module.css';

export type Stage = 'new' | 'in_progress' | 'pending' | 'resolved' | 'closed';
export type VerdictName = 'true_positive' | 'benign_positive' | 'false_positive' | 'undetermined' | 'duplicate';

/** How far along: an empty ring, half, a paused one, a tick, a filled disc. */
function StageGlyph({ stage }: { stage: Stage }) {
  const isDone = stage === 'resolved' || stage === 'closed';
  const colour = isDone ? 'var(--cc-text-dim)' : 'var(--cc-accent)';
  return (
    <svg className={classes.glyph} width="14" height="14" viewBox="0 0 14 14" aria-hidden>
      <circle cx="7" cy="7" r="5.6" fill={stage === 'closed' ? colour : 'none'} stroke={colour} strokeWidth="1.5" />
      {stage === 'in_progress' && <path d="M7 3.6a3.4 3.4 0 0 1 0 6.8z" fill={colour} />}
      {stage === 'pending' && <path d="M5.4 4.8v4.4M8.6 4.8v4.4" stroke={colour} strokeWidth="1.5" />}
      {isDone && (
        <path
          d="M4.4 7.2l1.9 1.9 3.4-3.8"
          fill="none"
          stroke={stage === 'closed' ? 'var(--cc-surface)' : colour}
          strokeWidth="1.5"
        />
      )}
    </svg>
  );
}

/** The stage, or the organization's own name for the status within it. */
export const StageBadge = memo(function StageBadge({ stage, label }: { stage: Stage; label?: string | null }) {
  const { t } = useTranslation();
  const name = t(`common.stage.${stage}`);
  return (
    <span className={classes.stage} title={name}>
      <StageGlyph stage={stage} />
      <span className="truncate">{label ?? name}</span>
    </span>
  );
});

export function VerdictBadge({ verdict }: { verdict: VerdictName }) {
  const { t } = useTranslation();
  return <span className={classes.verdict}>{t(`common.verdict.${verdict}`)}</span>;
}

export function Tag({ children }: { children: string }) {
  return <span className={classes.tag}>{children}</span>;
}
