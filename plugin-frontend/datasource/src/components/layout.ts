/** Widths in Grafana's grid units of 8 pixels, so that the rows of the query editor line up. */
export const LABEL_WIDTH = 16;
export const FIELD_WIDTH = 24;
export const NUMBER_WIDTH = 14;
