import { LoadingSkeleton } from '@/ui/LoadingSkeleton';

export function PendingPage() {
  return <LoadingSkeleton rows={16} />;
}
