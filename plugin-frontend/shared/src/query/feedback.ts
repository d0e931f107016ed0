import { choice, first, part, required, text, type Complaint } from './checks';
import { DAYS, FEEDBACK_LABELS, MAX_BLACKOUTS, MAX_FEEDBACK } from './choices';
import { isRecord, typeName, type UnknownRecord } from './record';

const MOMENT = /^(\d{4})-(\d\d)-(\d\d)T([01]\d|2[0-3]):[0-5]\d(:[0-5]\d(\.\d{1,9})?)?(Z|[+-]\d\d:\d\d)$/;
const TIME_OF_DAY = /^([01]\d|2[0-3]):[0-5]\d$/;
const TIME_OF_DAY_FORM = 'a time of day. Write it as 22:00.';
const MOMENT_FORM = 'a moment with its zone. Write it as 2026-11-20T12:00:00Z.';

/** Milliseconds since 1970 of a text such as 2026-11-20T12:00:00Z; undefined when it is none or names no zone. */
export function momentMs(value: string): number | undefined {
  const match = MOMENT.exec(value);
  if (match === null) {
    return undefined;
  }
  const [year, month, day] = match.slice(1, 4).map(Number) as [number, number, number];
  // Date reads 30 February as 2 March.
  const isDate = month >= 1 && month <= 12 && day >= 1 && day <= new Date(Date.UTC(year, month, 0)).getUTCDate();
  const ms = Date.parse(value);
  return isDate && Number.isFinite(ms) ? ms : undefined;
}

/** The text of a moment, to the second, in UTC. */
export function momentText(ms: number): string {
  return new Date(Math.floor(ms / 1000) * 1000).toISOString().replace('.000Z', 'Z');
}

/** Why the server would refuse this entry of `anomalies.feedback`, without the path to it. */
export function feedbackEntryComplaint(entry: unknown): Complaint {
  return feedbackComplaint([entry])?.replace('anomalies.feedback[0].', '');
}

/** Why the server would refuse this entry of `anomalies.blackouts`, without the path to it. */
export function blackoutEntryComplaint(entry: unknown): Complaint {
  return blackoutsComplaint([entry])?.replace('anomalies.blackouts[0].', '');
}

/** Whether a blackout happens once, not every week. */
export function isSingle(blackout: { from: string }): boolean {
  return blackout.from.includes('-');
}

/** Why the server would refuse `anomalies.blackouts`; undefined when it would not. */
export function blackoutsComplaint(list: unknown): Complaint {
  return entries('anomalies.blackouts', list, MAX_BLACKOUTS, 'Merge some of them.', (field, entry) =>
    typeof entry.from === 'string' && entry.from.includes('-') ? stretch(field, entry) : weekly(field, entry)
  );
}

/** Why the server would refuse `anomalies.feedback`; undefined when it would not. */
export function feedbackComplaint(list: unknown): Complaint {
  const remedy = 'Remove those that lie before the history.';
  return entries('anomalies.feedback', list, MAX_FEEDBACK, remedy, (field, entry) =>
    first([
      () => required(`${field}.label`, entry.label, FEEDBACK_LABELS),
      () => stretch(field, entry),
      () => text(`${field}.series`, entry.series, () => undefined),
    ])
  );
}

function entries(
  field: string,
  list: unknown,
  most: number,
  remedy: string,
  check: (field: string, entry: UnknownRecord) => Complaint
): Complaint {
  if (list === undefined) {
    return undefined;
  }
  if (!Array.isArray(list)) {
    return `${field} must be a list, not ${typeName(list)}.`;
  }
  if (list.length > most) {
    return `${field} has ${list.length} entries. At most ${most} are allowed. ${remedy}`;
  }
  return first(
    list.map((entry: unknown, index) => () => {
      const name = `${field}[${index}]`;
      return isRecord(entry) ? check(name, entry) : part(name, entry ?? null, () => undefined);
    })
  );
}

function stretch(field: string, { from, to }: UnknownRecord): Complaint {
  return first([
    () => moment(`${field}.from`, from),
    () => moment(`${field}.to`, to),
    () =>
      (momentMs(String(from)) ?? 0) < (momentMs(String(to)) ?? 0) ? undefined : `${field}.to must lie after from.`,
  ]);
}

function moment(field: string, value: unknown): Complaint {
  return written(field, value, MOMENT_FORM, (word) => momentMs(word) !== undefined);
}

function weekly(field: string, { days, from, to, timezone }: UnknownRecord): Complaint {
  return first([
    () => dayNames(`${field}.days`, days),
    () => written(`${field}.from`, from, TIME_OF_DAY_FORM, (word) => TIME_OF_DAY.test(word)),
    () => written(`${field}.to`, to, TIME_OF_DAY_FORM, (word) => TIME_OF_DAY.test(word) || word === '24:00'),
    () => text(`${field}.timezone`, timezone, (zone) => zoneComplaint(`${field}.timezone`, zone)),
  ]);
}

function written(field: string, value: unknown, form: string, isRight: (word: string) => boolean): Complaint {
  if (value === undefined) {
    return `${field} is missing. It must be ${form}`;
  }
  return text(field, value, (word) => (isRight(word) ? undefined : `${field} "${word}" is not ${form}`));
}

function dayNames(field: string, days: unknown): Complaint {
  if (days === undefined) {
    return undefined;
  }
  if (!Array.isArray(days)) {
    return `${field} must be a list, not ${typeName(days)}.`;
  }
  if (days.length < 1 || days.length > DAYS.length) {
    return `${field} has ${days.length} entries. Name 1 to 7 days, or leave it out for every day.`;
  }
  return first(days.map((day: unknown, index) => () => choice(`${field}[${index}]`, day ?? null, DAYS)));
}

/** Why the server would refuse the name of a time zone; undefined when it would not. */
export function zoneComplaint(field: string, zone: string): Complaint {
  try {
    new Intl.DateTimeFormat('en', { timeZone: zone });
    return undefined;
  } catch {
    return `${field} "${zone}" is not known here. Use an IANA name such as Europe/Berlin, or UTC.`;
  }
}
