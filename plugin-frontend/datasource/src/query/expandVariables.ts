export type FormatValue = (value: string | string[]) => string;

/** Puts the values of dashboard variables into a text; `format` gets each variable's value. */
export type Replace = (text: string, format?: FormatValue) => string;

// Texts longer than the contract allows series; a variable with more values is cut here instead of building millions.
const MAX_TEXTS = 1000;

// Private-use characters, so that no name that people type is taken for a mark.
const MARK = /\uE000(\d+)\uE001/;

/**
 * All the texts that `text` stands for: one for each value of a multi-value variable in it, each combination where there
 * are several such variables.
 */
export function expandVariables(text: string, replace: Replace): string[] {
  const values: string[][] = [];
  const marked = replace(text, (value) => {
    values.push([value].flat().map(String));
    return `\uE000${values.length - 1}\uE001`;
  });
  return fill([marked], values);
}

function fill(texts: string[], values: string[][]): string[] {
  const next = texts.flatMap((text) => {
    const mark = MARK.exec(text);
    return mark === null ? [text] : (values[Number(mark[1])] ?? []).map((value) => text.replace(mark[0], () => value));
  });
  return next.some((text) => MARK.test(text)) && next.length <= MAX_TEXTS
    ? fill(next, values)
    : next.slice(0, MAX_TEXTS);
}
