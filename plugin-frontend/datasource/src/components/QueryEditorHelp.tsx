import type { GrafanaTheme2, QueryEditorHelpProps } from '@grafana/data';
import { Card, useStyles2 } from '@grafana/ui';
import { css } from '@emotion/css';
import React from 'react';
import { EXAMPLES } from '../query/examples';
import type { SavedQuery } from '../types';

/** The cheat sheet: a click on an example runs it. */
export function QueryEditorHelp({ onClickExample }: QueryEditorHelpProps<SavedQuery>) {
  const styles = useStyles2(getStyles);
  return (
    <section className={styles.sheet} aria-label="Examples">
      <h2>Bellwether examples</h2>
      <p>Click on one to run it. All of them work on a fresh installation.</p>
      {EXAMPLES.map(({ title, text, query }) => (
        <Card key={title} onClick={() => onClickExample({ refId: 'A', ...query })}>
          <Card.Heading>{title}</Card.Heading>
          <Card.Description>{text}</Card.Description>
        </Card>
      ))}
    </section>
  );
}

const getStyles = (theme: GrafanaTheme2) => ({
  sheet: css({ display: 'flex', flexDirection: 'column', gap: theme.spacing(0.5) }),
});
