import { Menu, SegmentedControl, useMantineColorScheme } from '@mantine/core';
import { IconKeyboard, IconLogout, IconUser } from '@tabler/icons-react';
import { useMutation, useQueryClient } from '@tanstack/react-query';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { api } from '@/api/client';
import { keys } from '@/api/keys';
import type { ColorScheme, Locale } from '@/api/model';
import { useMe } from '@/api/permissions';
import { changeLanguage, currentLanguage } from '@/i18n/i18n';
import { useBoot } from '../boot-context';
import classes from './TopBar.module.css';

function initials(name: string): string {
  const words = name.trim().split(/\s+/);
  return ((words[0]?.[0] ?? '') + (words.length > 1 ? (words.at(-1)?.[0] ?? '') : '')).toUpperCase();
}

export function UserMenu({ onHelp }: { onHelp: () => void }) {
  const { t } = useTranslation();
  const me = useMe();
  const version = useBoot()?.version;
  const signOut = useMutation({
    mutationFn: () => api('DELETE /session'),
    // A full load leaves nothing of this person in memory.
    onSettled: () => window.location.assign('/sign-in'),
  });
  if (!me) return null;
  return (
    <Menu position="bottom-end" width={272} closeOnItemClick>
      <Menu.Target>
        <button
          type="button"
          className={classes.avatar}
          aria-label={t('shell.user.menu', { name: me.user.display_name })}
        >
          <span aria-hidden>{initials(me.user.display_name)}</span>
        </button>
      </Menu.Target>
      <Menu.Dropdown>
        <div className={classes.who}>
          <strong>{me.user.display_name}</strong>
          <div className="truncate">{me.user.email}</div>
        </div>
        <Menu.Divider />
        <SchemeChoice />
        <LanguageChoice />
        <Menu.Divider />
        <Menu.Item component={Link} to="/profile" leftSection={<IconUser size={16} stroke={1.5} />}>
          {t('shell.nav.profile')}
        </Menu.Item>
        <Menu.Item leftSection={<IconKeyboard size={16} stroke={1.5} />} onClick={onHelp}>
          {t('shell.help.open')}
        </Menu.Item>
        <Menu.Item leftSection={<IconLogout size={16} stroke={1.5} />} onClick={() => signOut.mutate()}>
          {t('shell.user.sign_out')}
        </Menu.Item>
        {version && (
          <div className={classes.choice}>
            <small>{t('shell.version', { version })}</small>
          </div>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

function useSavePreference() {
  const queryClient = useQueryClient();
  return useMutation({
    mutationFn: (body: { locale?: Locale; color_scheme?: ColorScheme }) => api('PATCH /session/preferences', { body }),
    onSuccess: (me) => queryClient.setQueryData(keys.session, me),
  });
}

function SchemeChoice() {
  const { t } = useTranslation();
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  const save = useSavePreference();
  return (
    <div className={classes.choice}>
      {t('shell.scheme.title')}
      <SegmentedControl
        size="xs"
        aria-label={t('shell.scheme.title')}
        value={colorScheme}
        data={(['light', 'dark', 'auto'] as const).map((value) => ({
          value,
          label: value === 'auto' ? 'Auto' : t(`shell.scheme.${value}`),
        }))}
        onChange={(value) => {
          setColorScheme(value as ColorScheme);
          save.mutate({ color_scheme: value as ColorScheme });
        }}
      />
    </div>
  );
}

function LanguageChoice() {
  const { t } = useTranslation();
  const save = useSavePreference();
  return (
    <div className={classes.choice}>
      {t('shell.language')}
      <SegmentedControl
        size="xs"
        aria-label={t('shell.language')}
        value={currentLanguage()}
        data={[
          { value: 'es', label: 'ES' },
          { value: 'en', label: 'EN' },
        ]}
        onChange={(value) => {
          void changeLanguage(value as Locale);
          save.mutate({ locale: value as Locale });
        }}
      />
    </div>
  );
}
