import { Menu, UnstyledButton } from '@mantine/core';
import { IconDots } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useTranslation } from 'react-i18next';
import { type NavigationItem, useHere } from './navigation';
import classes from './Rail.module.css';

const SHOWN = 4;

/** The rail of a phone: four places and the rest behind "More". */
export function BottomBar({ items }: { items: NavigationItem[] }) {
  const { t } = useTranslation();
  const here = useHere();
  const rest = items.slice(SHOWN);
  return (
    <nav className={classes.bottom} aria-label={t('shell.navigation')}>
      {items.slice(0, SHOWN).map((item) => (
        <Link key={item.to} to={item.to} className={classes.bottomLink} {...here(item)}>
          <item.icon size={21} stroke={1.5} aria-hidden />
          {t(`shell.nav.${item.name}`)}
        </Link>
      ))}
      {rest.length > 0 && (
        <Menu position="top-end">
          <Menu.Target>
            <UnstyledButton className={classes.bottomLink} {...here(...rest)}>
              <IconDots size={21} stroke={1.5} aria-hidden />
              {t('shell.nav.more')}
            </UnstyledButton>
          </Menu.Target>
          <Menu.Dropdown>
            {rest.map((item) => (
              <Menu.Item key={item.to} component={Link} to={item.to} leftSection={<item.icon size={16} stroke={1.5} />}>
                {t(`shell.nav.${item.name}`)}
              </Menu.Item>
            ))}
          </Menu.Dropdown>
        </Menu>
      )}
    </nav>
  );
}
