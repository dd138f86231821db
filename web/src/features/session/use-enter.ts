import { useQueryClient } from '@tanstack/react-query';
import { useNavigate, useRouter } from '@tanstack/react-router';
import { keys } from '@/api/keys';
import type { Me } from '@/api/model';
import { changeLanguage } from '@/i18n/i18n';

/** Only paths of our own: an address from a link must never lead elsewhere. */
function safeTarget(to: string | undefined): string {
  return to?.startsWith('/') && !to.startsWith('//') && !to.startsWith('/\\') ? to : '/';
}

/** Lets somebody who has signed in go on to where they were going. */
export function useEnter() {
  const navigate = useNavigate();
  const router = useRouter();
  const queryClient = useQueryClient();
  return async (me: Me, to: string | undefined) => {
    queryClient.clear();
    queryClient.setQueryData(keys.session, me);
    if (me.user.locale) await changeLanguage(me.user.locale);
    if (me.must_change_password) await navigate({ to: '/change-password' });
    else if (me.must_show_second_factor) await navigate({ to: '/second-factor' });
    else router.history.push(safeTarget(to));
  };
}
