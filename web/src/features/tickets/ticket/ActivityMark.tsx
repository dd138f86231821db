import {
  IconAlertTriangle,
  IconArrowsJoin,
  IconArrowsSplit,
  IconCircleCheck,
  IconCircleDashed,
  IconCircleDot,
  IconLink,
  IconMessage,
  IconPaperclip,
  IconPencil,
  IconRotateClockwise,
  IconSquarePlus,
  IconUser,
  type TablerIcon,
} from '@tabler/icons-react';

const MARKS: Record<string, TablerIcon> = {
  created: IconSquarePlus,
  comment: IconMessage,
  status: IconCircleDashed,
  assigned: IconUser,
  verdict: IconCircleCheck,
  alert: IconAlertTriangle,
  source_cleared: IconCircleCheck,
  merged: IconArrowsJoin,
  split: IconArrowsSplit,
  reopened: IconRotateClockwise,
  attachment: IconPaperclip,
  edited: IconPencil,
  linked: IconLink,
};

export function ActivityMark({ kind }: { kind: string }) {
  const Mark = MARKS[kind] ?? IconCircleDot;
  return <Mark size={12} stroke={1.7} aria-hidden />;
}
