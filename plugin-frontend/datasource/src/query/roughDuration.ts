const UNITS: Array<[string, number]> = [
  ['d', 86_400],
  ['h', 3_600],
  ['m', 60],
  ['s', 1],
];

/** A duration in its two largest units, e.g. "3d 16h": enough to picture it. */
export function roughDuration(seconds: number): string {
  const largest = UNITS.findIndex(([, size]) => seconds >= size);
  if (largest === -1) {
    return '0s';
  }
  const shown = UNITS.slice(largest, largest + 2);
  const smallest = shown[shown.length - 1]?.[1] ?? 1;
  let rest = Math.round(seconds / smallest) * smallest;
  const parts: string[] = [];
  for (const [name, size] of shown) {
    const count = Math.floor(rest / size);
    rest -= count * size;
    if (count > 0) {
      parts.push(`${count}${name}`);
    }
  }
  return parts.join(' ');
}
