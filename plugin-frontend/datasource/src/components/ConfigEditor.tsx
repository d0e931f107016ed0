import type { DataSourcePluginOptionsEditorProps } from '@grafana/data';
import { ErrorBoundaryAlert, Field, FieldSet, Switch } from '@grafana/ui';
import React, { useId } from 'react';
import type { BellwetherSettings } from '../types';
import { ServerSettingsView } from './ServerSettingsView';

type Props = DataSourcePluginOptionsEditorProps<BellwetherSettings>;

export function ConfigEditor({ options, onOptionsChange }: Props) {
  const demoId = useId();
  const { jsonData, uid, version, readOnly } = options;

  const setDemo = (demoEnabled: boolean) => onOptionsChange({ ...options, jsonData: { ...jsonData, demoEnabled } });

  return (
    <ErrorBoundaryAlert title="The settings could not be shown" style="alertbox">
      <p>
        Bellwether learns the habits of a series and shows where it breaks them, where it is heading and how surely.
        There is nothing to connect: the demo data and the metrics of this host are built in.
      </p>
      <FieldSet label="Sources">
        <Field
          label="Demo data"
          description="A shop and a fleet of sensors with known incidents, always the same, to try things out. Switch it off where only real data should be seen."
          htmlFor={demoId}
        >
          <Switch
            id={demoId}
            value={jsonData.demoEnabled ?? true}
            disabled={readOnly}
            onChange={({ currentTarget }) => setDemo(currentTarget.checked)}
          />
        </Field>
        <ServerSettingsView uid={uid} version={version} />
      </FieldSet>
    </ErrorBoundaryAlert>
  );
}
