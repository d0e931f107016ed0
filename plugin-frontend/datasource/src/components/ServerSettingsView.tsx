import { Alert, Field, Input, LoadingPlaceholder } from '@grafana/ui';
import React, { useId } from 'react';
import { useServerSettings } from '../hooks/useServerSettings';

interface Props {
  uid: string | undefined;
  version: number | undefined;
}

const HOW_TO_ALLOW =
  'The operator of this Grafana allows a folder in grafana.ini: csv_folder = /path/to/folder in the section [plugin.bellwether-datasource], then a restart.';

/** What the operator of the server allows: shown, not changed, because a query author must not choose what may be read. */
export function ServerSettingsView({ uid, version }: Props) {
  const id = useId();
  const { data, error, loading } = useServerSettings(uid, version);

  if (loading) {
    return <LoadingPlaceholder text="Asking the server what it allows…" />;
  }
  if (error !== undefined) {
    return (
      <Alert severity="warning" title="The server could not be asked what it allows">
        {error}
      </Alert>
    );
  }
  if (data === undefined) {
    return <p>Save the data source to see what the server allows.</p>;
  }
  return (
    <>
      <Field label="Folder for CSV files" description={HOW_TO_ALLOW} htmlFor={id}>
        <Input id={id} readOnly width={60} value={data.csvFolder ?? 'None: CSV files cannot be read'} />
      </Field>
      {data.version !== '' && <p>Server version {data.version}</p>}
    </>
  );
}
