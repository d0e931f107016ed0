import { renderHook, waitFor } from '@testing-library/react';
import { useFetched } from './useFetched';

function slowServer() {
  const waiting = new Map<string, (answer: string) => void>();
  const ask = (question: string) => new Promise<string>((resolve) => waiting.set(question, resolve));
  return { ask, answer: (question: string) => waiting.get(question)?.(`answer to ${question}`) };
}

describe('useFetched', () => {
  it('asks nothing while there is no question', () => {
    const ask = jest.fn();
    const { result } = renderHook(() => useFetched(undefined, ask));
    expect(result.current).toEqual({ loading: false });
    expect(ask).not.toHaveBeenCalled();
  });

  it('drops a late answer to an earlier question', async () => {
    const server = slowServer();
    const { result, rerender } = renderHook(({ question }) => useFetched(question, server.ask), {
      initialProps: { question: 'one' },
    });
    rerender({ question: 'two' });
    server.answer('two');
    await waitFor(() => expect(result.current.data).toBe('answer to two'));
    server.answer('one');
    await Promise.resolve();
    expect(result.current).toEqual({ data: 'answer to two', error: undefined, loading: false });
  });

  it('shows no old answer under a new question', async () => {
    const server = slowServer();
    const { result, rerender } = renderHook(({ question }) => useFetched(question, server.ask), {
      initialProps: { question: 'one' },
    });
    server.answer('one');
    await waitFor(() => expect(result.current.data).toBe('answer to one'));
    rerender({ question: 'two' });
    expect(result.current).toEqual({ loading: true });
  });
});
