import { useTranslation } from 'react-i18next';
import { useNow } from '@/lib/clock';
import { fullTime, longAge, shortAge } from '@/lib/time';

interface RelativeTimeProps {
  at: string | null | undefined;
  /** A sentence ("3 minutes ago") rather than the column form ("3 min"). */
  isLong?: boolean;
}

export function RelativeTime({ at, isLong = false }: RelativeTimeProps) {
  const { i18n } = useTranslation();
  const now = useNow();
  if (!at) return <span aria-hidden>—</span>;
  const text = isLong ? longAge(at, now, i18n.language) : shortAge(at, now, i18n.language);
  return (
    <time dateTime={at} title={fullTime(at, i18n.language)}>
      {text}
    </time>
  );
}
