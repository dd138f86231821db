import { Modal } from '@mantine/core';
import { useTranslation } from 'react-i18next';
import { KeyHint } from '@/ui/KeyHint';
import classes from './HelpDialog.module.css';

const GROUPS = [
  {
    name: 'global',
    keys: [
      ['palette', 'Ctrl K'],
      ['help', '?'],
      ['go_queue', 'g q'],
      ['go_alerts', 'g a'],
      ['go_assets', 'g s'],
      ['go_dashboard', 'g d'],
      ['clear', 'Esc'],
    ],
  },
  {
    name: 'queue',
    keys: [
      ['next', 'j'],
      ['previous', 'k'],
      ['page_down', 'PageDown'],
      ['last', 'End'],
      ['open_row', 'Enter'],
      ['peek', 'Space'],
      ['select', 'x'],
      ['select_range', 'Shift X'],
      ['merge', 'm'],
      ['search', '/'],
      ['show_new', 'n'],
    ],
  },
  {
    name: 'ticket',
    keys: [
      ['claim', 'c'],
      ['assign', 'a'],
      ['verdict', 'v'],
      ['undo', 'u'],
      ['comment', 'r'],
      ['watch', 'w'],
      ['copy_reference', 'y'],
      ['next', 'j'],
      ['previous', 'k'],
    ],
  },
] as const;

export default function HelpDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <Modal opened onClose={onClose} title={t('shell.help.title')} size={720}>
      <div className={classes.groups}>
        {GROUPS.map((group) => (
          <section key={group.name} className={classes.group}>
            <h3 className={classes.name}>{t(`shell.help.${group.name}`)}</h3>
            <dl style={{ margin: 0 }}>
              {group.keys.map(([name, keys]) => (
                <div key={name} className={classes.line}>
                  <dt>{t(`shell.help.${name}`)}</dt>
                  <dd>
                    <KeyHint keys={keys} />
                  </dd>
                </div>
              ))}
            </dl>
          </section>
        ))}
      </div>
    </Modal>
  );
}
