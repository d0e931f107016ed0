import { isRecord } from '../query/record';

/** One way to detect anomalies or to forecast. */
export interface Method {
  id: string;
  name: string;
  /** What it takes for granted about a series, in words. */
  assumptions: string;
  /** What it is for, in words; detectors only. */
  purpose?: string;
}

/** A country whose public holidays the server knows. */
export interface Country {
  code: string;
  name: string;
}

/** The part of the resource /methods that an editor needs. */
export interface Methods {
  detectors: Method[];
  forecasters: Method[];
  countries: Country[];
}

export function readMethods(answer: unknown): Methods {
  if (!isRecord(answer)) {
    throw new Error('The server did not answer with its methods. Check that plugin and server have the same version.');
  }
  return {
    detectors: readList(answer.detectors),
    forecasters: readList(answer.forecasters),
    countries: readCountries(answer.countries),
  };
}

function readCountries(list: unknown): Country[] {
  if (!Array.isArray(list)) {
    return [];
  }
  return list.flatMap((item: unknown) =>
    isRecord(item) && typeof item.code === 'string' && typeof item.name === 'string'
      ? [{ code: item.code, name: item.name }]
      : []
  );
}

function readList(list: unknown): Method[] {
  if (!Array.isArray(list)) {
    return [];
  }
  return list.flatMap((item: unknown) => {
    if (!isRecord(item) || typeof item.id !== 'string') {
      return [];
    }
    const { id, name, assumptions, purpose } = item;
    return [
      {
        id,
        name: typeof name === 'string' ? name : id,
        assumptions: typeof assumptions === 'string' ? assumptions : '',
        ...(typeof purpose === 'string' && { purpose }),
      },
    ];
  });
}
