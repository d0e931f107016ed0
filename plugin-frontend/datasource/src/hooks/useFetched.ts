import { useEffect, useState } from 'react';
import { messageOf } from './messageOf';

/** What became of a question to the server: nothing yet, an answer, or a sentence that says why there is none. */
export interface Fetched<T> {
  data?: T;
  error?: string;
  loading: boolean;
}

interface Answer<T> {
  question: string;
  data?: T;
  error?: string;
}

/**
 * Asks again whenever the question or `ask` changes, so `ask` must be stable (useCallback). Nothing is asked while the question
 * is undefined, and a late answer to an earlier question is dropped.
 */
export function useFetched<T>(question: string | undefined, ask: (question: string) => Promise<T>): Fetched<T> {
  const [answer, setAnswer] = useState<Answer<T>>();

  useEffect(() => {
    if (question === undefined) {
      return undefined;
    }
    let isCurrent = true;
    ask(question).then(
      (data) => isCurrent && setAnswer({ question, data }),
      (error: unknown) => isCurrent && setAnswer({ question, error: messageOf(error) })
    );
    return () => {
      isCurrent = false;
    };
  }, [question, ask]);

  if (question === undefined || question !== answer?.question) {
    return { loading: question !== undefined };
  }
  return { data: answer.data, error: answer.error, loading: false };
}
