import { isQuery } from '@bellwether/shared';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { EXAMPLES } from '../query/examples';
import { FakeServer } from '../testing/FakeServer';
import { QueryEditorHelp } from './QueryEditorHelp';

describe('QueryEditorHelp', () => {
  it('runs the example that is clicked', async () => {
    const run = jest.fn();
    render(<QueryEditorHelp datasource={new FakeServer()} query={{ refId: 'A' } as never} onClickExample={run} />);
    await userEvent.click(screen.getByRole('button', { name: 'Only drops of more than 20 %' }));
    expect(run).toHaveBeenCalledWith(expect.objectContaining({ analysis: 'anomalies', anomalies: expect.anything() }));
  });

  it.each(EXAMPLES)('has a query that the contract allows: $title', ({ query }) => {
    expect(isQuery(query)).toBe(true);
  });
});
