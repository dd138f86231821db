/** Every offset from UTC that is in use somewhere, in minutes east. */
const OFFSETS = [
  -720, -660, -600, -570, -540, -480, -420, -360, -300, -240, -210, -180, -120, -60, 0, 60, 120, 180, 210, 240, 270,
  300, 330, 345, 360, 390, 420, 480, 525, 540, 570, 600, 630, 660, 720, 765, 780, 840,
];

export function zoneText(minutes: number): string {
  const sign = minutes < 0 ? '−' : '+';
  const size = Math.abs(minutes);
  return `UTC${sign}${String(Math.floor(size / 60)).padStart(2, '0')}:${String(size % 60).padStart(2, '0')}`;
}

export function zoneOptions(none: string): { value: string; label: string }[] {
  return [
    { value: '', label: none },
    ...OFFSETS.map((minutes) => ({ value: String(minutes), label: zoneText(minutes) })),
  ];
}
