import { messageOf } from './messageOf';

describe('messageOf', () => {
  it.each([
    ['the answer of the server', { status: 400, data: { message: 'Bad source.' } }, 'Bad source.'],
    ['its error', { status: 400, data: { error: 'Bad source.' } }, 'Bad source.'],
    ['an exception', new Error('No network.'), 'No network.'],
    [
      'a status without a body',
      { status: 502, statusText: 'Bad Gateway', data: {} },
      'The server answered: Bad Gateway.',
    ],
    ['nothing', undefined, expect.stringContaining('gave no reason')],
  ])('finds the sentence in %s', (_name, error, want) => {
    expect(messageOf(error)).toEqual(want);
  });
});
