import { Button, Group } from '@mantine/core';
import { useInterval } from '@mantine/hooks';
import { useState } from 'react';
import { useTranslation } from 'react-i18next';
import { KeyHint } from '@/ui/KeyHint';
import { UNDO_SECONDS, undoLast } from './undo';

/** What was done, how to take it back, and for how long that is possible. */
export function UndoNotice({ text }: { text: string }) {
  const { t } = useTranslation();
  const [seconds, setSeconds] = useState(UNDO_SECONDS);
  useInterval(() => setSeconds((left) => Math.max(0, left - 1)), 1000, { autoInvoke: true });
  return (
    <Group justify="space-between" wrap="nowrap" gap="md">
      <span>{text}</span>
      <Button size="xs" variant="default" onClick={undoLast} rightSection={<KeyHint keys="U" />}>
        {t('common.action.undo')}
        <span aria-hidden style={{ opacity: 0.7, marginLeft: 6 }}>
          {t('shell.undo.seconds', { seconds })}
        </span>
      </Button>
    </Group>
  );
}
