/** The value without keys that hold nothing: undefined, or an object left empty by that. Lists are kept as they are. */
export function prune<T extends object>(value: T): T {
  const kept: Partial<T> = {};
  for (const key of Object.keys(value) as Array<keyof T>) {
    const item = value[key];
    if (item === undefined) {
      continue;
    }
    if (typeof item === 'object' && item !== null && !Array.isArray(item)) {
      const inner = prune(item);
      if (Object.keys(inner).length > 0) {
        kept[key] = inner;
      }
    } else {
      kept[key] = item;
    }
  }
  return kept as T;
}
