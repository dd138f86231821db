import { Tooltip, UnstyledButton } from '@mantine/core';
import { useMediaQuery } from '@mantine/hooks';
import { IconLayoutSidebarLeftCollapse, IconLayoutSidebarLeftExpand } from '@tabler/icons-react';
import { Link } from '@tanstack/react-router';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useMe } from '@/api/permissions';
import { readStored, writeStored } from '@/lib/stored';
import { BottomBar } from './BottomBar';
import { type NavigationItem, useHere, visibleSections } from './navigation';
import classes from './Rail.module.css';

const STORED = 'cibercase.rail_expanded';

export function Rail() {
  const isPhone = useMediaQuery('(max-width: 47.99em)');
  const sections = visibleSections(useMe());
  return isPhone ? <BottomBar items={sections.flatMap((section) => section.items)} /> : <SideRail />;
}

function SideRail() {
  const { t } = useTranslation();
  const [isExpanded, setIsExpanded] = useState(() => readStored(STORED, false));
  const sections = visibleSections(useMe());
  const label = t(isExpanded ? 'shell.rail.collapse' : 'shell.rail.expand');
  const toggle = () => {
    writeStored(STORED, !isExpanded);
    setIsExpanded(!isExpanded);
  };
  return (
    <nav className={classes.rail} data-expanded={isExpanded || undefined} aria-label={t('shell.navigation')}>
      <Link to="/" className={classes.brand} aria-label="CiberCase">
        <Mark />
        <span className={classes.word}>CiberCase</span>
      </Link>
      {sections.map((section) => (
        <ul key={section.name} className={classes.section} aria-label={t(`shell.sections.${section.name}`)}>
          {section.items.map((item) => (
            <li key={item.to}>
              <RailLink item={item} isExpanded={isExpanded} />
            </li>
          ))}
        </ul>
      ))}
      <Tooltip label={label} position="right" disabled={isExpanded}>
        <UnstyledButton className={`${classes.link} ${classes.toggle}`} aria-label={label} onClick={toggle}>
          {isExpanded ? (
            <IconLayoutSidebarLeftCollapse size={19} stroke={1.5} />
          ) : (
            <IconLayoutSidebarLeftExpand size={19} stroke={1.5} />
          )}
          <span className={classes.text}>{label}</span>
        </UnstyledButton>
      </Tooltip>
    </nav>
  );
}

function RailLink({ item, isExpanded }: { item: NavigationItem; isExpanded: boolean }) {
  const { t } = useTranslation();
  const here = useHere();
  const name = t(`shell.nav.${item.name}`);
  return (
    <Tooltip label={name} position="right" disabled={isExpanded}>
      <Link to={item.to} className={classes.link} {...here(item)}>
        <item.icon size={19} stroke={1.5} aria-hidden />
        <span className={classes.text}>{name}</span>
      </Link>
    </Tooltip>
  );
}

function Mark() {
  return (
    <svg width="24" height="24" viewBox="0 0 32 32" aria-hidden>
      <path
        d="M24.6 8.4A11.4 11.4 0 1 0 24.6 23.6"
        fill="none"
        stroke="currentColor"
        strokeWidth="3.4"
        strokeLinecap="round"
      />
      <circle cx="16.2" cy="16" r="3.6" fill="#f0c35a" />
    </svg>
  );
}
