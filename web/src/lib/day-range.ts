const BARE_DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A day of the address (`2026-11-20`, local) as the moment it begins; a full time stays as it is. */
export function startOfDay(day: string | undefined): string | undefined {
  if (!day || !BARE_DATE.test(day)) return day;
  return new Date(`${day}T00:00:00`).toISOString();
}

/** As the moment it ends. */
export function endOfDay(day: string | undefined): string | undefined {
  if (!day || !BARE_DATE.test(day)) return day;
  return new Date(`${day}T23:59:59.999`).toISOString();
}
