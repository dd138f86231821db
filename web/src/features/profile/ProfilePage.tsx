import { SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useTranslation } from 'react-i18next';
import type { ColorScheme, Locale } from '@/api/model';
import { useOrganizationName } from '@/api/organizations';
import { useMe } from '@/api/permissions';
import { changeLanguage, currentLanguage } from '@/i18n/i18n';
import { errorText } from '@/ui/error-text';
import { notifyFailed } from '@/ui/notify';
import { PageFrame, PageHeader, PageScroll } from '@/ui/PageHeader';
import { Facts, Panel } from '@/ui/Panel';
import { linksQuery, useSavePreferences } from './api';
import { Links } from './Links';
import { PasswordForm } from './PasswordForm';
import classes from './profile.module.css';
import { SecondFactor } from './SecondFactor';
import { Sessions } from './Sessions';

export function ProfilePage() {
  const { t } = useTranslation();
  return (
    <PageFrame>
      <PageHeader title={t('profile.title')} />
      <PageScroll>
        <div className={classes.columns}>
          <div>
            <Who />
            <Preferences />
            <Panel title={t('profile.password.title')}>
              <OwnPassword />
            </Panel>
          </div>
          <div>
            <Links />
            <SecondFactor />
            <Sessions />
          </div>
        </div>
      </PageScroll>
    </PageFrame>
  );
}

/** Only who has a password here can change it here. */
function OwnPassword() {
  const { t } = useTranslation();
  const source = useQuery(linksQuery).data?.source ?? 'local';
  return source === 'local' ? <PasswordForm /> : <p className={classes.hint}>{t(`profile.password.of_${source}`)}</p>;
}

function Who() {
  const { t } = useTranslation();
  const me = useMe();
  const nameOf = useOrganizationName();
  if (!me) return null;
  return (
    <Panel title={t('profile.who')}>
      <Facts
        items={[
          { label: t('common.field.name'), value: me.user.display_name },
          { label: t('common.field.email'), value: me.user.email },
          {
            label: t('profile.roles'),
            value: me.roles.map(({ organization_id, role }) => (
              <div key={`${organization_id}${role}`}>
                {t(`profile.role.${role}` as 'profile.role.admin', '') || role}
                <span className={classes.dim}>
                  {' · '}
                  {organization_id ? nameOf(organization_id) : t('profile.everywhere')}
                </span>
              </div>
            )),
          },
        ]}
      />
      <p className={classes.hint}>{t('profile.who_hint')}</p>
    </Panel>
  );
}

function Preferences() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const save = useSavePreferences();
  const failed = { onError: (error: unknown) => notifyFailed(errorText(error, t)) };
  return (
    <Panel title={t('profile.preferences')}>
      <div className={classes.preferences}>
        <span>{t('profile.language')}</span>
        <SegmentedControl
          className={classes.choice}
          size="xs"
          aria-label={t('profile.language')}
          value={currentLanguage()}
          data={(['es', 'en'] as const).map((value) => ({ value, label: t(`common.language.${value}`) }))}
          onChange={(value) => {
            void changeLanguage(value as Locale);
            save.mutate({ locale: value as Locale }, failed);
          }}
        />
        <span>{t('profile.scheme.label')}</span>
        <SegmentedControl
          className={classes.choice}
          size="xs"
          aria-label={t('profile.scheme.label')}
          value={colorScheme}
          data={(['light', 'dark', 'auto'] as const).map((value) => ({ value, label: t(`profile.scheme.${value}`) }))}
          onChange={(value) => {
            setColorScheme(value as ColorScheme);
            save.mutate({ color_scheme: value as ColorScheme }, failed);
          }}
        />
      </div>
    </Panel>
  );
}
