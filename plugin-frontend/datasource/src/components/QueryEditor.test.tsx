import { isQuery } from '@bellwether/shared';
import { screen, within } from '@testing-library/react';
import { FakeServer } from '../testing/FakeServer';
import { ANOMALIES, openEditor as open, pick } from '../testing/openEditor';

describe('QueryEditor', () => {
  it('shows the saved query in words', async () => {
    await open({ ...ANOMALIES, anomalies: { sensitivity: 'low' } });
    expect(await screen.findByText('revenue')).toBeVisible();
    expect(screen.getByRole('radio', { name: 'Low' })).toBeChecked();
    expect(screen.getByText('At most 1 false alarm per series and month')).toBeVisible();
  });

  it('shows the default query where none was saved and emits nothing until something is changed', async () => {
    const { emitted } = await open({});
    expect(await screen.findByText('revenue')).toBeVisible();
    expect(emitted).toEqual([]);
  });

  it('adds a series and runs the query', async () => {
    const { user, run, last } = await open();
    await pick(user, 'Series', 'orders');
    expect(last()).toEqual({ ...ANOMALIES, source: { kind: 'demo', series: ['revenue', 'orders'] } });
    expect(run).toHaveBeenCalledTimes(1);
  });

  it('filters by a label of the series', async () => {
    const { user, last } = await open();
    await pick(user, 'Labels', 'category = toys');
    expect(last()?.source).toEqual({ kind: 'demo', series: 'revenue', labels: { category: 'toys' } });
  });

  it('asks for one series for each value of a label', async () => {
    const { user, last } = await open();
    await pick(user, 'Labels', 'One series for each category');
    expect(last()?.source.labels).toEqual({ category: '*' });
  });

  it('replaces the value of a label by another value of it', async () => {
    const { user, last } = await open({ ...ANOMALIES, source: { ...ANOMALIES.source, labels: { category: 'toys' } } });
    await pick(user, 'Labels', 'category = books');
    expect(last()?.source.labels).toEqual({ category: 'books' });
  });

  it('changes the sensitivity and says what it promises', async () => {
    const { user, last } = await open();
    await user.click(screen.getByRole('radio', { name: 'High' }));
    expect(last()?.anomalies).toEqual({ sensitivity: 'high' });
    expect(screen.getByText('At most 1 false alarm per series and day')).toBeVisible();
  });

  it('takes a number of false alarms, and refuses zero in a sentence', async () => {
    const { user, emitted, last } = await open();
    await user.click(screen.getByRole('radio', { name: 'Custom' }));
    const field = screen.getByLabelText('False alarms per series and week');
    await user.clear(field);
    await user.type(field, '2.5{Enter}');
    expect(last()?.anomalies?.falseAlarmsPerWeek).toBe(2.5);
    const before = emitted.length;
    await user.clear(field);
    await user.type(field, '0{Enter}');
    expect(screen.getByText(/Write a number of at least 0.002 and at most 1000/)).toBeVisible();
    expect(emitted).toHaveLength(before);
  });

  it('asks for a horizon and bands when the analysis is a forecast', async () => {
    const { user, last } = await open();
    await user.click(screen.getByRole('radio', { name: 'Forecast' }));
    expect(screen.queryByRole('group', { name: 'Sensitivity' })).not.toBeInTheDocument();
    await pick(user, 'Horizon', '7 days');
    await pick(user, 'Bands', '50 %');
    expect(last()).toEqual({
      ...ANOMALIES,
      analysis: 'forecast',
      forecast: { horizon: '7d', levels: [0.5, 0.8, 0.95] },
    });
  });

  it('refuses a horizon past the limit in the words of the server', async () => {
    const { user, emitted } = await open({ ...ANOMALIES, analysis: 'forecast' });
    await user.type(screen.getByLabelText('Horizon'), '10y{Enter}');
    expect(screen.getByText(/longer than the limit of 366d/)).toBeVisible();
    expect(emitted).toEqual([]);
  });

  it('hides what an overlay draws when the answer is a table', async () => {
    const { user, last } = await open();
    expect(screen.getByLabelText('Show')).toBeInTheDocument();
    await pick(user, 'Answer', 'Table');
    expect(last()?.form).toBe('rows');
    expect(screen.queryByLabelText('Show')).not.toBeInTheDocument();
  });

  it('offers to show only what the analysis draws', async () => {
    const { user, last } = await open({ ...ANOMALIES, analysis: 'forecast' });
    expect(screen.queryByText('Points')).not.toBeInTheDocument();
    await user.type(screen.getByLabelText('Show'), '{Backspace}');
    expect(last()?.show).toEqual(['value']);
    await user.click(screen.getByRole('radio', { name: 'Values only' }));
    expect(screen.queryByLabelText('Show')).not.toBeInTheDocument();
  });

  it('keeps the rarely needed options closed, and takes them in per cent', async () => {
    const { user, last } = await open();
    expect(screen.queryByLabelText('or in per cent')).not.toBeInTheDocument();
    await user.click(screen.getByRole('button', { name: /More options/ }));
    await user.type(screen.getByLabelText('or in per cent'), '7{Tab}');
    expect(last()?.anomalies).toEqual({ minDeviation: { relative: 0.07 } });
    await user.clear(screen.getByLabelText('or in per cent'));
    await user.tab();
    expect(last()).not.toHaveProperty('anomalies');
  });

  it('takes a history and refuses what is no duration', async () => {
    const { user, emitted, last } = await open();
    await user.click(screen.getByRole('button', { name: /More options/ }));
    const field = screen.getByLabelText('History');
    await user.clear(field);
    await user.type(field, 'two weeks{Enter}');
    expect(screen.getByText(/"two weeks" is not a duration/)).toBeVisible();
    expect(emitted).toEqual([]);
    await user.clear(field);
    await user.type(field, '14d{Enter}');
    expect(last()?.history).toBe('14d');
  });

  it('offers the methods that the server lists', async () => {
    const { user, last } = await open();
    await user.click(screen.getByRole('button', { name: /More options/ }));
    await pick(user, 'Method', 'Robust seasonal');
    expect(last()?.anomalies?.method).toBe('robust');
  });

  it('picks a CSV file first and then its columns', async () => {
    const { user, last } = await open();
    await user.click(screen.getByRole('radio', { name: 'CSV file' }));
    expect(screen.queryByLabelText('Columns')).not.toBeInTheDocument();
    await pick(user, 'File', 'shop/revenue.csv');
    await pick(user, 'Columns', 'visitors');
    expect(last()?.source).toEqual({ kind: 'csv', file: 'shop/revenue.csv', valueColumn: 'visitors' });
  });

  it('says why a list could not be loaded, and still edits the rest', async () => {
    const server = new FakeServer();
    server.failure = 'No CSV folder is allowed. Ask the operator to set csv_folder.';
    const { user, last } = await open({ ...ANOMALIES, source: { kind: 'csv', file: '' } }, server);
    const alert = await screen.findByRole('alert');
    expect(within(alert).getByText(server.failure)).toBeVisible();
    await user.click(screen.getByRole('radio', { name: 'Trend' }));
    expect(last()?.analysis).toBe('trend');
  });

  it.each([
    ['Changes', 'Level'],
    ['Patterns', 'Pattern'],
    ['Outliers', 'Median'],
    ['Anomalies', 'Expected'],
  ])('calls the dashed line of %s by its name, %s', async (analysis, line) => {
    const { user } = await open();
    await user.click(screen.getByRole('radio', { name: analysis }));
    expect(await screen.findByText(line)).toBeVisible();
  });

  it('asks where a series changed, with hindsight or as values come in', async () => {
    const { user, last } = await open();
    await user.click(screen.getByRole('radio', { name: 'Changes' }));
    await user.click(screen.getByRole('radio', { name: 'As values come in' }));
    await user.type(screen.getByLabelText('Confidence'), '0.8{Enter}');
    expect(last()?.analysis).toBe('changepoints');
    expect(last()?.changepoints).toEqual({ mode: 'online', minConfidence: 0.8 });
    await user.clear(screen.getByLabelText('Confidence'));
    await user.type(screen.getByLabelText('Confidence'), '5{Enter}');
    expect(screen.getByText(/Write a number of at least 0 and at most 1/)).toBeVisible();
  });

  it('asks what repeats', async () => {
    const { user, last } = await open();
    await user.click(screen.getByRole('radio', { name: 'Patterns' }));
    expect(last()?.analysis).toBe('patterns');
  });

  it('asks which series are unlike their peers', async () => {
    const { user, last } = await open();
    await user.click(screen.getByRole('radio', { name: 'Outliers' }));
    await user.click(screen.getByRole('radio', { name: 'By density' }));
    await user.type(screen.getByLabelText('Window'), '2h{Enter}');
    await user.type(screen.getByLabelText('Share outside'), '0.9{Enter}');
    await user.type(screen.getByLabelText('Tolerance'), '4{Enter}');
    expect(last()?.analysis).toBe('outliers');
    expect(last()?.outliers).toEqual({ method: 'dbscan', window: '2h', minShare: 0.9, tolerance: 4 });
    await user.clear(screen.getByLabelText('Tolerance'));
    await user.tab();
    expect(last()?.outliers).toEqual({ method: 'dbscan', window: '2h', minShare: 0.9 });
  });

  it('asks when series are unusual together', async () => {
    const { user, last } = await open();
    await user.click(screen.getByRole('radio', { name: 'Together' }));
    await user.click(screen.getByRole('radio', { name: 'High' }));
    await user.click(screen.getByLabelText('Method'));
    await user.click(await screen.findByText('Random-cut forest'));
    expect(last()?.analysis).toBe('multivariate');
    expect(last()?.multivariate).toEqual({ method: 'random-cut-forest', sensitivity: 'high' });
  });

  it('emits only queries that the contract allows', async () => {
    const { user, emitted } = await open();
    for (const name of [
      'Low',
      'Custom',
      'Below',
      'Forecast',
      'Trend',
      'Outliers',
      'Together',
      'Values only',
      'This host',
      'Demo',
    ]) {
      await user.click(screen.getByRole('radio', { name }));
    }
    expect(emitted).toHaveLength(10);
    expect(emitted.filter((query) => !isQuery(query))).toEqual([]);
  });
});
