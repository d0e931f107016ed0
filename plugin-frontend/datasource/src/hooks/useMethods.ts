import type { Methods } from '@bellwether/shared';
import { useCallback } from 'react';
import { useFetched, type Fetched } from './useFetched';

interface MethodsProvider {
  methods(): Promise<Methods>;
}

/** The methods that this server's version offers. */
export function useMethods(provider: MethodsProvider): Fetched<Methods> {
  const ask = useCallback(() => provider.methods(), [provider]);
  return useFetched('methods', ask);
}
