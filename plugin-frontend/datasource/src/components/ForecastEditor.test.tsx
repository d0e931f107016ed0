import { screen } from '@testing-library/react';
import { openEditor, pick, unfold, write } from '../testing/openEditor';
import type { SavedQuery } from '../types';

const FORECAST: SavedQuery = {
  refId: 'A',
  version: 1,
  analysis: 'forecast',
  source: { kind: 'demo', series: ['revenue', 'orders'] },
};

describe('the editor of a forecast', () => {
  it('asks for a threshold, then from which side', async () => {
    const { user, last } = await openEditor(FORECAST);
    expect(screen.queryByRole('group', { name: 'Threshold reached' })).not.toBeInTheDocument();
    await write(user, screen.getByLabelText('Threshold'), '-2.5');
    await user.click(screen.getByRole('radio', { name: 'From above' }));
    expect(last()).toMatchObject({ forecast: { threshold: { value: -2.5, direction: 'below' } } });
  });

  it('refuses a threshold that is no number', async () => {
    const { user, emitted } = await openEditor(FORECAST);
    await write(user, screen.getByLabelText('Threshold'), 'high');
    expect(screen.getByText('Write a number, or leave it empty.')).toBeInTheDocument();
    expect(emitted).toEqual([]);
  });

  it('forgets the side when the threshold goes', async () => {
    const { user, last } = await openEditor({
      ...FORECAST,
      forecast: { threshold: { value: 5, direction: 'below' }, alert: 'probability' },
    });
    await user.clear(screen.getByLabelText('Threshold'));
    await user.tab();
    expect(last()).toEqual(FORECAST);
  });

  it('asks how long until a limit is reached, and how far to look', async () => {
    const { user, last } = await openEditor(FORECAST);
    await write(user, screen.getByLabelText('Limit'), '100');
    await write(user, screen.getByLabelText('Look ahead'), '100y');
    expect(screen.getByText(/longer than the limit of 3660d/)).toBeInTheDocument();
    await write(user, screen.getByLabelText('Look ahead'), '180d');
    await pick(user, 'Alerts get', 'Time left');
    expect(last()).toMatchObject({ forecast: { capacity: { value: 100, lookAhead: '180d' }, alert: 'timeLeft' } });
  });

  it('explains by other series of the query', async () => {
    const { user, last } = await openEditor(FORECAST);
    await unfold(user, 'More options');
    await user.type(screen.getByLabelText('Explained by'), 'orders{Enter}');
    await user.click(screen.getByRole('radio', { name: 'Leave it out' }));
    expect(last()).toMatchObject({ forecast: { regressors: ['orders'], unknownFuture: 'leaveOut' } });
  });

  it('explains by the calendar', async () => {
    const { user, last } = await openEditor(FORECAST);
    await unfold(user, 'More options');
    await user.click(screen.getByLabelText('Weekdays'));
    await pick(user, 'Holidays', 'Germany');
    await write(user, screen.getByLabelText('Holiday file'), 'closed.ics');
    await write(user, screen.getByLabelText('Time zone'), 'Mars/Olympus');
    expect(screen.getByText(/"Mars\/Olympus" is not known here/)).toBeInTheDocument();
    await write(user, screen.getByLabelText('Time zone'), 'Europe/Berlin');
    expect(last()).toMatchObject({
      forecast: { calendar: { weekdays: true, country: 'DE', file: 'closed.ics', timezone: 'Europe/Berlin' } },
    });
  });

  it('keeps the metric within its range', async () => {
    const { user, last } = await openEditor(FORECAST);
    await unfold(user, 'More options');
    await write(user, screen.getByLabelText('Never below'), '0');
    await user.click(screen.getByLabelText('Whole numbers'));
    expect(last()).toMatchObject({ forecast: { min: 0, wholeNumbers: true } });
  });

  it('draws the probability of the threshold on request', async () => {
    const { user, last } = await openEditor({ ...FORECAST, forecast: { threshold: { value: 5 } } });
    await pick(user, 'Show', 'Probability');
    expect(last()?.show).toContain('probability');
  });
});
