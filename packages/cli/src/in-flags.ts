/**
 * A message of the packages in the words of the command: `the option maskSuffix "_mask"` is `--mask-suffix _mask` there,
 * and a table of colours is written as `--colours` takes it.
 */
export function inFlags(message: string): string {
  return message
    .replace(/\b(?:the )?option ([a-z]\w*) (\{(?:"[^"]*": -?\d+(?:, )?)*\})/g, (_, name, table) => {
      const entries = Object.entries(JSON.parse(table)).map(([key, label]) => `${key}=${label}`);
      return `${flagOf(name)} ${quoted(entries.join(","))}`;
    })
    .replace(
      /\b(?:the )?option ([a-z]\w*) "([^"]*)"/g,
      (_, name, value) => `${flagOf(name)} ${quoted(value)}`,
    )
    .replace(/\b(?:the )?option ([a-z]\w*)/g, (_, name) => flagOf(name));
}

const flagOf = (name: string) => `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`;

/** As a shell takes it. */
const quoted = (value: string) => (/^[\w.,=+-]+$/.test(value) ? value : `'${value}'`);
