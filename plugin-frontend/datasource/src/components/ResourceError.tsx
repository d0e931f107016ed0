import { Alert } from '@grafana/ui';
import React from 'react';

interface Props {
  title: string;
  error: string | undefined;
}

/** What went wrong while loading a list for the editor; nothing while nothing did. */
export function ResourceError({ title, error }: Props) {
  if (error === undefined) {
    return null;
  }
  return (
    <Alert severity="warning" title={title}>
      {error}
    </Alert>
  );
}
