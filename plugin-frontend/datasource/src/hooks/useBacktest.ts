import type { Backtest } from '@bellwether/shared';
import { useCallback, useState } from 'react';
import type { BacktestRequest } from '../datasource';
import { useFetched, type Fetched } from './useFetched';

interface BacktestProvider {
  backtest(request: BacktestRequest): Promise<Backtest>;
}

interface Question {
  request: BacktestRequest;
  /** Tells a repeated question from the first: new data may have come in. */
  round: number;
}

export interface BacktestRun extends Fetched<Backtest> {
  /** What the shown answer, or the one that is awaited, was asked for. */
  request?: BacktestRequest;
  run: (request: BacktestRequest) => void;
}

/** Asks for a backtest when told to, never by itself. */
export function useBacktest(provider: BacktestProvider): BacktestRun {
  const [question, setQuestion] = useState<Question>();
  const ask = useCallback((text: string) => provider.backtest((JSON.parse(text) as Question).request), [provider]);
  const fetched = useFetched(question && JSON.stringify(question), ask);
  const run = useCallback(
    (request: BacktestRequest) => setQuestion((last) => ({ request, round: (last?.round ?? 0) + 1 })),
    []
  );
  return { ...fetched, request: question?.request, run };
}
