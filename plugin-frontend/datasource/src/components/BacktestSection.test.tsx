import { isQuery } from '@bellwether/shared';
import { screen, within } from '@testing-library/react';
import { FakeServer } from '../testing/FakeServer';
import { ANOMALIES, openEditor, unfold } from '../testing/openEditor';

async function openBacktest(saved: Parameters<typeof openEditor>[0] = ANOMALIES, server = new FakeServer()) {
  const editor = await openEditor(saved, server);
  await unfold(editor.user, 'Backtest');
  return { ...editor, server };
}

describe('the backtest', () => {
  it('is closed, and asks nothing until it is told to', async () => {
    const { user, server } = await openBacktest();
    expect(server.backtests).toEqual([]);
    await user.click(screen.getByRole('button', { name: 'Run backtest' }));
    expect(server.backtests).toHaveLength(1);
    expect(server.backtests[0]).toMatchObject({ days: 14, to: '2026-11-20T14:30:00.000Z' });
    expect(server.backtests[0]?.query).toMatchObject(ANOMALIES);
  });

  it('shows what each budget would have brought, and which one is in use', async () => {
    const { user } = await openBacktest();
    await user.click(screen.getByRole('button', { name: 'Run backtest' }));
    const table = await screen.findByRole('table');
    const week = within(table).getByRole('row', { name: /1 a week/ });
    expect(
      within(week)
        .getAllByRole('cell')
        .map(({ textContent }) => textContent)
    ).toEqual(['1 a week', '4', '2', '1h (0.3 %)']);
    expect(within(week).getByRole('button')).toHaveAttribute('aria-pressed', 'true');
    expect(within(table).getAllByRole('row')).toHaveLength(8);
    expect(screen.getByText(/1h 30m: revenue, level shift \(high\)/)).toBeVisible();
    expect(screen.queryByText('Recall')).not.toBeInTheDocument();
  });

  it('sets the budget that is picked, as a word where one means it', async () => {
    const { user, last, emitted } = await openBacktest({ ...ANOMALIES, anomalies: { falseAlarmsPerWeek: 2.5 } });
    await user.click(screen.getByRole('button', { name: 'Run backtest' }));
    await user.click(await screen.findByRole('button', { name: 'Use a budget of 1 a month' }));
    expect(last()?.anomalies).toEqual({ sensitivity: 'low' });
    await user.click(screen.getByRole('button', { name: 'Use a budget of 3 a week' }));
    expect(last()?.anomalies).toEqual({ sensitivity: 'low', falseAlarmsPerWeek: 3 });
    await user.click(screen.getByRole('button', { name: 'Use a budget of 3 a week' }));
    expect(emitted).toHaveLength(2);
    expect(emitted.filter((query) => !isQuery(query))).toEqual([]);
    expect(screen.queryByText(/has changed since/)).not.toBeInTheDocument();
  });

  it('says that other changes need another run', async () => {
    const { user } = await openBacktest();
    await user.click(screen.getByRole('button', { name: 'Run backtest' }));
    await screen.findByRole('table');
    await user.click(screen.getByRole('radio', { name: 'Below' }));
    expect(screen.getByText(/The query has changed since this backtest/)).toBeVisible();
    await user.click(screen.getByRole('button', { name: 'Run backtest' }));
    await screen.findByRole('table');
    expect(screen.queryByText(/has changed since/)).not.toBeInTheDocument();
  });

  it('shows recall and precision where people have said what was true', async () => {
    const server = new FakeServer();
    server.isLabelled = true;
    const { user } = await openBacktest(ANOMALIES, server);
    await user.click(screen.getByRole('button', { name: 'Run backtest' }));
    const week = await screen.findByRole('row', { name: /1 a week/ });
    expect(within(week).getByText('75 % (3 of 4)')).toBeVisible();
    expect(within(week).getByText('60 %')).toBeVisible();
    expect(screen.getByText(/compare with your feedback/)).toBeVisible();
  });

  it('takes the days, and refuses what is none', async () => {
    const { user, server } = await openBacktest();
    const field = screen.getByLabelText('Days');
    await user.type(field, '400{Enter}');
    expect(screen.getByText(/Write a number of at least 0.1 and at most 366/)).toBeVisible();
    await user.clear(field);
    await user.type(field, '30{Enter}');
    await user.click(screen.getByRole('button', { name: 'Run backtest' }));
    expect(server.backtests[0]?.days).toBe(30);
  });

  it('says why there is no answer', async () => {
    const { user, server } = await openBacktest();
    server.failure = 'The time range has no data.';
    await user.click(screen.getByRole('button', { name: 'Run backtest' }));
    expect(await screen.findByText(server.failure)).toBeVisible();
  });

  it('is not offered for other analyses', async () => {
    await openEditor({ ...ANOMALIES, analysis: 'forecast' });
    expect(screen.queryByRole('button', { name: /Backtest/ })).not.toBeInTheDocument();
  });
});
