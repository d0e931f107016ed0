import type { DataSourceSettings } from '@grafana/data';
import { setBackendSrv, type BackendSrv, type BackendSrvRequest } from '@grafana/runtime';
import { act, render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import React from 'react';
import { of, throwError } from 'rxjs';
import type { BellwetherSettings } from '../types';
import { ConfigEditor } from './ConfigEditor';

const asked: string[] = [];

function answerWith(data: unknown) {
  serve(() => of({ data }));
}

function failWith(error: unknown) {
  serve(() => throwError(() => error));
}

function serve(answer: () => unknown) {
  const fetch = ({ url }: BackendSrvRequest) => {
    asked.push(url);
    return answer();
  };
  setBackendSrv({ fetch } as unknown as BackendSrv);
}

async function open(settings: Partial<DataSourceSettings<BellwetherSettings>> = {}) {
  const onOptionsChange = jest.fn();
  const options = { uid: 'abc', version: 1, jsonData: {}, ...settings } as DataSourceSettings<BellwetherSettings>;
  // Waits for what the editor asks the server when it is opened.
  await act(() => Promise.resolve(render(<ConfigEditor options={options} onOptionsChange={onOptionsChange} />)));
  return { user: userEvent.setup(), onOptionsChange };
}

describe('ConfigEditor', () => {
  beforeEach(() => {
    asked.length = 0;
    answerWith({ csvFolder: '/srv/csv', version: '0.1.0', sources: ['demo', 'system', 'csv'] });
  });

  it('switches the demo data off', async () => {
    const { user, onOptionsChange } = await open();
    const demo = screen.getByLabelText(/^Demo data/);
    expect(demo).toBeChecked();
    await user.click(demo);
    expect(onOptionsChange).toHaveBeenCalledWith(expect.objectContaining({ jsonData: { demoEnabled: false } }));
  });

  it('shows the folder that the operator allowed, not to be changed', async () => {
    await open();
    expect(await screen.findByLabelText(/^Folder for CSV files/)).toHaveValue('/srv/csv');
    expect(screen.getByLabelText(/^Folder for CSV files/)).toHaveAttribute('readonly');
    expect(asked).toEqual(['/api/datasources/uid/abc/resources/settings']);
  });

  it('says how a folder is allowed where there is none', async () => {
    answerWith({ csvFolder: null, version: '0.1.0', sources: ['demo'] });
    await open();
    expect(await screen.findByLabelText(/^Folder for CSV files/)).toHaveValue('None: CSV files cannot be read');
    expect(screen.getByText(/csv_folder = \/path\/to\/folder/)).toBeVisible();
  });

  it('asks nothing for a data source that was not saved yet', async () => {
    await open({ uid: '' });
    expect(screen.getByText('Save the data source to see what the server allows.')).toBeVisible();
    expect(asked).toEqual([]);
  });

  it('says why the server could not be asked', async () => {
    failWith({ status: 503, statusText: 'Service Unavailable', data: { message: 'Plugin unavailable' } });
    await open();
    expect(await screen.findByText('Plugin unavailable')).toBeVisible();
    expect(screen.getByLabelText(/^Demo data/)).toBeEnabled();
  });

  it('says so when the answer is not what it should be', async () => {
    answerWith('<html>login</html>');
    await open();
    expect(await screen.findByText(/did not answer with its settings/)).toBeVisible();
  });
});
