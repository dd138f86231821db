import { useState } from 'react';
import { useMe } from '@/api/permissions';
import { readStored, writeStored } from '@/lib/stored';

/** Text that survives a closed tab, a lost session and a failed save: it goes only when the server has it. */
export function useDraft(subject: string, initial = ''): [string, (text: string) => void] {
  const key = `cibercase.draft.${useMe()?.user.id ?? 'nobody'}.${subject}`;
  const [text, setText] = useState(() => readStored(key, initial));
  const change = (next: string) => {
    setText(next);
    writeStored(key, next === initial ? undefined : next);
  };
  return [text, change];
}
