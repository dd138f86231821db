import { useTranslation } from 'react-i18next';
import type { User } from '@/api/model';
import classes from './users.module.css';

/** Active is a dot, a first password still to be changed is half a dot, disabled is a bar. */
export function UserState({ user }: { user: User }) {
  const { t } = useTranslation();
  const state = !user.is_active ? 'disabled' : user.must_change_password ? 'invited' : 'active';
  const colour = state === 'disabled' ? 'var(--cc-text-dim)' : 'var(--cc-accent)';
  return (
    <span className={classes.inline}>
      <svg width="12" height="12" viewBox="0 0 12 12" aria-hidden>
        {state === 'active' && <circle cx="6" cy="6" r="4.5" fill={colour} />}
        {state === 'invited' && (
          <>
            <circle cx="6" cy="6" r="4.3" fill="none" stroke={colour} strokeWidth="1.4" />
            <path d="M6 1.7a4.3 4.3 0 0 0 0 8.6z" fill={colour} />
          </>
        )}
        {state === 'disabled' && <path d="M2 6h8" stroke={colour} strokeWidth="2" />}
      </svg>
      {t(`users.state.${state}`)}
    </span>
  );
}
