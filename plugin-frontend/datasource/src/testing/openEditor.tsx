import { dateTime, type TimeRange } from '@grafana/data';
import { render, screen, waitFor } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React, { useState } from 'react';
import { QueryEditor } from '../components/QueryEditor';
import type { SavedQuery } from '../types';
import { FakeServer } from './FakeServer';

export const ANOMALIES = {
  refId: 'A',
  version: 1,
  analysis: 'anomalies',
  source: { kind: 'demo', series: 'revenue' },
} as const;

const FROM = dateTime('2026-11-20T12:00:00Z');
const TO = dateTime('2026-11-20T14:30:00Z');
export const RANGE: TimeRange = { from: FROM, to: TO, raw: { from: FROM, to: TO } };

/** The editor inside a panel that keeps the query, as Grafana does. */
export async function openEditor(saved: Partial<SavedQuery> = ANOMALIES, server = new FakeServer(), range = RANGE) {
  const emitted: SavedQuery[] = [];
  const run = jest.fn();
  function Panel() {
    const [query, setQuery] = useState({ refId: 'A', ...saved } as SavedQuery);
    const keep = (next: SavedQuery) => {
      emitted.push(next);
      setQuery(next);
    };
    return <QueryEditor datasource={server} query={query} range={range} onChange={keep} onRunQuery={run} />;
  }
  // Waits for what the editor asks the server when it is opened.
  render(<Panel />);
  await waitFor(() => Promise.resolve());
  const last = () => emitted[emitted.length - 1];
  return { user: userEvent.setup({ delay: null }), emitted, run, last };
}

type User = ReturnType<typeof userEvent.setup>;

export async function pick(user: User, label: string, option: string) {
  await user.click(screen.getByLabelText(label));
  await user.click(await screen.findByText(option));
}

/** Opens one of the closed parts of the editor. */
export async function unfold(user: User, name: string) {
  await user.click(screen.getByRole('button', { name: new RegExp(name) }));
}

/** Writes into a field what a person would. */
export async function write(user: User, field: HTMLElement, text: string) {
  await user.clear(field);
  await user.type(field, `${text}{Enter}`);
}
