import { isRecord, typeName, type UnknownRecord } from './record';

/** A sentence that says what is wrong, or undefined. */
export type Complaint = string | undefined;
export type Check = () => Complaint;

/** A number as the server writes it in its sentences: six digits, and an exponent of two digits where one is needed. */
export function numberText(value: number): string {
  const rounded = Number(value.toPrecision(6));
  const size = Math.abs(rounded);
  if (size === 0 || (size >= 1e-4 && size < 1e6)) {
    return String(rounded);
  }
  return rounded.toExponential().replace(/e([+-])(\d)$/, 'e$10$2');
}

export function first(checks: Check[]): Complaint {
  for (const check of checks) {
    const complaint = check();
    if (complaint !== undefined) {
      return complaint;
    }
  }
  return undefined;
}

export function choice(field: string, value: unknown, allowed: readonly string[]): Complaint {
  if (value === undefined) {
    return undefined;
  }
  if (typeof value !== 'string') {
    return `${field} must be a text, not ${typeName(value)}.`;
  }
  return allowed.includes(value)
    ? undefined
    : `${field} "${value}" is not known. It must be one of: ${allowed.join(', ')}.`;
}

export function required(field: string, value: unknown, allowed: readonly string[]): Complaint {
  return value === undefined
    ? `${field} is missing. It must be one of: ${allowed.join(', ')}.`
    : choice(field, value, allowed);
}

export function text(field: string, value: unknown, check: (text: string) => Complaint): Complaint {
  if (value === undefined) {
    return undefined;
  }
  return typeof value === 'string' ? check(value) : `${field} must be a text, not ${typeName(value)}.`;
}

export function part(field: string, value: unknown, check: (record: UnknownRecord) => Complaint): Complaint {
  if (value === undefined) {
    return undefined;
  }
  return isRecord(value) ? check(value) : `${field} must be an object, not ${typeName(value)}.`;
}

export function flag(field: string, value: unknown): Complaint {
  return value === undefined || typeof value === 'boolean'
    ? undefined
    : `${field} must be true or false, not ${typeName(value)}.`;
}
