import { useMediaQuery } from '@mantine/hooks';
import type { TFunction } from 'i18next';
import { useTranslation } from 'react-i18next';
import type { ProcessStatus } from '@/api/model';
import { EmptyState } from '@/ui/EmptyState';
import { Facts, Panel } from '@/ui/Panel';
import { RelativeTime } from '@/ui/RelativeTime';
import { FIGURES, figureTexts } from './figures';
import classes from './status.module.css';

/** Every process with what it takes and how it answers: a table, on a phone cards. */
export function Processes({ processes }: { processes: readonly ProcessStatus[] }) {
  const { t } = useTranslation();
  const isPhone = useMediaQuery('(max-width: 47.99em)');
  return (
    <Panel title={t('status.processes.title')} meta={t('status.processes.meta')} isFlush>
      {processes.length === 0 ? (
        <EmptyState title={t('status.processes.none')} text={t('status.processes.none_text')} />
      ) : isPhone ? (
        <ul className={classes.rows}>
          {processes.map((process) => (
            <ProcessCard key={process.id} process={process} />
          ))}
        </ul>
      ) : (
        <ProcessTable processes={processes} />
      )}
    </Panel>
  );
}

function ProcessTable({ processes }: { processes: readonly ProcessStatus[] }) {
  const { t } = useTranslation();
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section className={classes.frame} tabIndex={0} aria-label={t('status.processes.title')}>
      <table className={classes.table}>
        <thead>
          <tr>
            <th scope="col">{t('status.processes.host')}</th>
            <th scope="col">{t('status.processes.roles')}</th>
            <th scope="col">{t('status.processes.state')}</th>
            {FIGURES.map((name) => (
              <th key={name} scope="col" data-align="end">
                {t(`status.figure.${name}`)}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {processes.map((process) => (
            <ProcessRow key={process.id} process={process} />
          ))}
        </tbody>
      </table>
    </section>
  );
}

function ProcessRow({ process }: { process: ProcessStatus }) {
  const { t, i18n } = useTranslation();
  const texts = figureTexts(process.figures, i18n.language);
  return (
    <tr data-gone={!process.is_heard || undefined}>
      <th scope="row">
        <span className="mono">{process.host}</span>
        <Started process={process} />
      </th>
      <td>{rolesText(process, t)}</td>
      <td>
        <Heard process={process} />
      </td>
      {FIGURES.map((name) => (
        <td key={name} data-align="end">
          {texts[name]}
        </td>
      ))}
    </tr>
  );
}

function ProcessCard({ process }: { process: ProcessStatus }) {
  const { t, i18n } = useTranslation();
  const texts = figureTexts(process.figures, i18n.language);
  return (
    <li className={classes.card} data-gone={!process.is_heard || undefined}>
      <h3 className={classes.host}>
        <span className="mono">{process.host}</span>
      </h3>
      <Started process={process} />
      <Heard process={process} />
      <Facts
        items={[
          { label: t('status.processes.roles'), value: rolesText(process, t) },
          ...FIGURES.map((name) => ({ label: t(`status.figure.${name}`), value: texts[name] })),
        ]}
      />
    </li>
  );
}

/** What it does; a newer version may do more than this page has words for. */
const rolesText = ({ roles }: ProcessStatus, t: TFunction) =>
  roles.map((role) => t(`status.role.${role}` as 'status.role.api', '') || role).join(', ');

/** What runs, and since when. */
function Started({ process: { version, since } }: { process: ProcessStatus }) {
  const { t } = useTranslation();
  return (
    <span className={classes.second}>
      {version ?? t('status.processes.older')} · {t('status.processes.started')} <RelativeTime at={since} isLong />
    </span>
  );
}

/** Whether it reports, said by the mark's shape, by colour and in words. */
function Heard({ process: { is_heard, seen_at } }: { process: ProcessStatus }) {
  const { t } = useTranslation();
  return (
    <span>
      <span className={classes.state} data-state={is_heard ? 'good' : 'bad'}>
        {t(is_heard ? 'status.processes.heard' : 'status.processes.gone')}
      </span>
      <span className={classes.second}>
        {t('status.processes.reported')} <RelativeTime at={seen_at} isLong />
      </span>
    </span>
  );
}
