import { UnreadableNetworkError } from "../errors.js";

/** A message in the text format of protocol buffers: the values of each field, in their order. */
export interface TextMessage {
  [field: string]: Array<string | TextMessage>;
}

const MAX_NESTING = 32;

/**
 * Reads a message of the text format: `name: value`, `name { … }`, and comments after `#`. Values stay texts.
 *
 * @throws UnreadableNetworkError that names the line
 */
export function parseTextFormat(text: string): TextMessage {
  const tokens = tokensOf(text);
  let at = 0;
  const fail = (what: string): never => {
    const { line } = tokens[Math.min(at, tokens.length - 1)] ?? { line: 1 };
    throw new UnreadableNetworkError(`the prototxt can't be read at line ${line}: ${what}`);
  };
  const message = (depth: number): TextMessage => {
    if (depth > MAX_NESTING) fail("it is nested too deep");
    const fields: TextMessage = Object.create(null);
    for (;;) {
      const token = tokens[at];
      if (token === undefined || token.text === "}") {
        if ((token === undefined) !== (depth === 0)) fail(token ? "a } too many" : "a } is missing");
        at++;
        return fields;
      }
      const name = token.text;
      if (!/^\w+$/.test(name)) fail(`${name.slice(0, 20)} is no name of a field`);
      at++;
      const hasColon = tokens[at]?.text === ":";
      if (hasColon) at++;
      const value = tokens[at];
      if (value === undefined) return fail(`${name} has no value`);
      at++;
      fields[name] ??= [];
      if (value.text === "{") fields[name].push(message(depth + 1));
      else if (hasColon) fields[name].push(value.text.replace(/^["']|["']$/g, ""));
      else fail(`${name} has no value`);
    }
  };
  return message(0);
}

function tokensOf(text: string): Array<{ text: string; line: number }> {
  return text
    .split("\n")
    .flatMap((content, i) =>
      (content.match(/"[^"]*"|'[^']*'|#.*|[{}:]|[^\s{}:#,;]+/g) ?? [])
        .filter((token) => !token.startsWith("#"))
        .map((token) => ({ text: token, line: i + 1 })),
    );
}
