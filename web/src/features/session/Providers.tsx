import { Button, Divider } from '@mantine/core';
import { useMutation, useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { providersQuery } from '@/api/providers';
import { errorText } from '@/ui/error-text';
import { keepTarget } from './provider-target';
import classes from './session.module.css';

/** A button for each provider; nothing where there is none. */
export function Providers({ to }: { to: string | undefined }) {
  const { t } = useTranslation();
  const providers = useQuery(providersQuery);
  const leave = useMutation({
    mutationFn: (id: string) => api('POST /session/providers/{id}', { path: { id } }),
    onSuccess: ({ authorization_url }) => {
      keepTarget(to);
      window.location.assign(authorization_url);
    },
  });
  if (!providers.data?.length) return null;
  return (
    <section className={classes.form} aria-label={t('session.provider.others')}>
      <Divider label={t('session.provider.or')} />
      {providers.data.map(({ id, label }) => (
        <Button
          key={id}
          variant="default"
          size="md"
          fullWidth
          loading={leave.isPending && leave.variables === id}
          onClick={() => leave.mutate(id)}
        >
          {t('session.provider.through', { label })}
        </Button>
      ))}
      {leave.error ? (
        <p className={classes.error} role="alert">
          {errorText(leave.error, t)}
        </p>
      ) : null}
    </section>
  );
}
