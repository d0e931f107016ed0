const UNIT_MS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  y: 31_536_000_000,
};
const PART = /(\d+(?:\.\d+)?|\.\d+)(ms|[smhdwy])/y;

/** The longest forecast that the server computes. */
export const HORIZON_LIMIT_MS = 366 * 86_400_000;

/** The longest history that the server learns from. */
export const HISTORY_LIMIT_MS = 18_250 * 86_400_000;

/** Milliseconds of a duration such as 14d, 6h or 1h30m; undefined when the text is none. */
export function durationMs(text: string): number | undefined {
  let total = 0;
  PART.lastIndex = 0;
  while (PART.lastIndex < text.length) {
    const match = PART.exec(text);
    if (match === null) {
      return undefined;
    }
    total += Number(match[1]) * (UNIT_MS[match[2] ?? ''] ?? NaN);
  }
  return total >= 1 ? total : undefined;
}

/** Why the server would refuse this text as a duration; undefined when it would not. */
export function durationComplaint(field: string, text: string, allowAuto: boolean): string | undefined {
  if ((allowAuto && text === 'auto') || durationMs(text) !== undefined) {
    return undefined;
  }
  return `${field} "${text}" is not a duration. Write a number and a unit such as 14d, 6h or 1h30m${allowAuto ? ', or auto' : ''}.`;
}

export function horizonComplaint(text: string): string | undefined {
  const ms = durationMs(text);
  if (ms !== undefined && ms > HORIZON_LIMIT_MS) {
    return `forecast.horizon ${text} is longer than the limit of 366d. Ask for a shorter horizon.`;
  }
  return durationComplaint('forecast.horizon', text, false);
}

/** The furthest that the server looks for the time when something is full. */
export const LOOK_AHEAD_LIMIT_MS = 3660 * 86_400_000;

export function lookAheadComplaint(text: string): string | undefined {
  const ms = durationMs(text);
  if (ms !== undefined && ms > LOOK_AHEAD_LIMIT_MS) {
    return `forecast.capacity.lookAhead ${text} is longer than the limit of 3660d. Look less far ahead.`;
  }
  return durationComplaint('forecast.capacity.lookAhead', text, false);
}

export function historyComplaint(text: string): string | undefined {
  const ms = durationMs(text);
  if (ms !== undefined && ms > HISTORY_LIMIT_MS) {
    return `history ${text} is longer than the limit of 18250d. Ask for a shorter history.`;
  }
  return durationComplaint('history', text, true);
}
