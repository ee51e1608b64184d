/** Durations as people read them: three figures and the unit that fits. */

export function formatTime(ms: number): string {
  const units: readonly [string, number][] = [
    ["s", 1000],
    ["ms", 1],
    ["µs", 1e-3],
    ["ns", 1e-6],
  ];
  const [unit, size] = units.find(([, size]) => ms >= size) ?? units[3];
  if (ms >= 60_000) return `${Math.floor(ms / 60_000)} min ${((ms % 60_000) / 1000).toFixed(0)} s`;
  return `${Number((ms / size).toPrecision(3))} ${unit}`;
}
