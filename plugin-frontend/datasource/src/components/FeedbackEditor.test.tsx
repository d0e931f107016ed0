import { isQuery } from '@bellwether/shared';
import { screen, within } from '@testing-library/react';
import { ANOMALIES, openEditor, unfold, write } from '../testing/openEditor';

async function openOptions(saved: Parameters<typeof openEditor>[0] = ANOMALIES) {
  const editor = await openEditor(saved);
  await unfold(editor.user, 'More options');
  return editor;
}

const FEEDBACK = { from: '2026-11-20T12:00:00Z', to: '2026-11-20T14:30:00Z', label: 'anomaly' } as const;

describe('feedback', () => {
  it('says of the time range of the panel what it was', async () => {
    const { user, last, run } = await openOptions();
    const group = screen.getByRole('group', { name: 'The time range of the panel was' });
    await user.click(within(group).getByText('Anomaly'));
    expect(last()?.anomalies).toEqual({ feedback: [FEEDBACK] });
    expect(run).toHaveBeenCalledTimes(1);
    expect(isQuery(last())).toBe(true);
  });

  it('edits an entry, refuses what is no moment, and removes it', async () => {
    const { user, last, emitted } = await openOptions({ ...ANOMALIES, anomalies: { feedback: [FEEDBACK] } });
    const row = within(screen.getByRole('group', { name: 'Feedback 1' }));
    await write(user, row.getByLabelText('From'), 'noon');
    expect(screen.getByText(/from "noon" is not a moment with its zone/)).toBeVisible();
    await write(user, row.getByLabelText('From'), '2026-11-20T15:00:00Z');
    expect(screen.getByText('to must lie after from.')).toBeVisible();
    expect(emitted).toEqual([]);
    await write(user, row.getByLabelText('From'), '2026-11-20T11:00:00Z');
    await write(user, row.getByLabelText('Series'), 'revenue books');
    await user.click(row.getByLabelText('was'));
    await user.click(screen.getAllByText('Expected').slice(-1)[0] as HTMLElement);
    expect(last()?.anomalies?.feedback).toEqual([
      { from: '2026-11-20T11:00:00Z', to: FEEDBACK.to, label: 'expected', series: 'revenue books' },
    ]);
    await user.click(screen.getByRole('button', { name: 'Remove feedback 1' }));
    expect(last()).not.toHaveProperty('anomalies');
  });
});

describe('blackouts', () => {
  it('adds one that repeats every week on the clock of the person', async () => {
    const { user, last } = await openOptions();
    await user.click(screen.getByRole('button', { name: 'Every week' }));
    expect(last()?.anomalies?.blackouts).toEqual([
      { days: ['sun'], from: '02:00', to: '04:00', timezone: Intl.DateTimeFormat().resolvedOptions().timeZone },
    ]);
    expect(isQuery(last())).toBe(true);
  });

  it('edits days, times and zone, and refuses what the server would', async () => {
    const blackouts = [{ days: ['sun' as const], from: '02:00', to: '04:00', timezone: 'Europe/Berlin' }];
    const { user, last, emitted } = await openOptions({ ...ANOMALIES, anomalies: { blackouts } });
    const row = within(screen.getByRole('group', { name: 'Blackout 1' }));
    await write(user, row.getByLabelText('From'), '25:00');
    expect(screen.getByText('from "25:00" is not a time of day. Write it as 22:00.')).toBeVisible();
    await write(user, row.getByLabelText('Time zone'), 'Mars/Olympus');
    expect(screen.getByText(/"Mars\/Olympus" is not known here/)).toBeVisible();
    expect(emitted).toEqual([]);
    await write(user, row.getByLabelText('From'), '22:00');
    await write(user, row.getByLabelText('to'), '24:00');
    await user.click(row.getByLabelText('On'));
    await user.click(screen.getByText('Saturday'));
    expect(last()?.anomalies?.blackouts).toEqual([
      { days: ['sat', 'sun'], from: '22:00', to: '24:00', timezone: 'Europe/Berlin' },
    ]);
    expect(isQuery(last())).toBe(true);
  });

  it('adds one over the time range of the panel, and removes it', async () => {
    const { user, last } = await openOptions();
    await user.click(screen.getByRole('button', { name: 'Once' }));
    expect(last()?.anomalies?.blackouts).toEqual([{ from: FEEDBACK.from, to: FEEDBACK.to }]);
    expect(screen.queryByLabelText('Time zone')).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: 'Remove blackout 1' }));
    expect(last()).not.toHaveProperty('anomalies');
  });
});
