import { ActionIcon, Tooltip } from '@mantine/core';
import { IconKeyboard, IconSearch } from '@tabler/icons-react';
import { useTranslation } from 'react-i18next';
import { KeyHint } from '@/ui/KeyHint';
import { LiveIndicator } from './LiveIndicator';
import { NoticesBell } from './NoticesBell';
import { OrganizationPicker } from './OrganizationPicker';
import classes from './TopBar.module.css';
import { UserMenu } from './UserMenu';

interface TopBarProps {
  onSearch: () => void;
  onHelp: () => void;
}

export function TopBar({ onSearch, onHelp }: TopBarProps) {
  const { t } = useTranslation();
  return (
    <header className={classes.bar}>
      <OrganizationPicker />
      <button type="button" className={classes.search} onClick={onSearch} aria-label={t('shell.search.open')}>
        <IconSearch size={15} stroke={1.6} aria-hidden />
        <span className={classes.searchText}>{t('shell.search.open')}</span>
        <span className={classes.searchKeys}>
          <KeyHint keys="Ctrl K" />
        </span>
      </button>
      <div className={classes.end}>
        <LiveIndicator />
        <NoticesBell />
        <Tooltip label={t('shell.help.open')}>
          <ActionIcon className={classes.wide} size={32} aria-label={t('shell.help.open')} onClick={onHelp}>
            <IconKeyboard size={19} stroke={1.5} aria-hidden />
          </ActionIcon>
        </Tooltip>
        <UserMenu onHelp={onHelp} />
      </div>
    </header>
  );
}
