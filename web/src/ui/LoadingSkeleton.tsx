import { useTranslation } from 'react-i18next';
import classes from './states.module.css';

interface LoadingSkeletonProps {
  rows?: number;
  height?: number;
}

const WIDTHS = ['56px', '64px', '38%', '14%', '10%'];

/** Rows in the shape of what will come: quiet, without shimmer. */
export function LoadingSkeleton({ rows = 6, height = 40 }: LoadingSkeletonProps) {
  const { t } = useTranslation();
  return (
    <div className={classes.skeleton} role="status" aria-label={t('common.state.loading')}>
      {Array.from({ length: rows }, (_, row) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: the rows have no identity
        <div key={row} className={classes.skeletonRow} style={{ height }} aria-hidden>
          {WIDTHS.map((width, index) => (
            <div
              key={width}
              className={classes.bar}
              style={{
                width,
                height: 10,
                opacity: Math.max(0.25, 1 - row * 0.06),
                marginLeft: index === 3 ? 'auto' : 0,
              }}
            />
          ))}
        </div>
      ))}
    </div>
  );
}
