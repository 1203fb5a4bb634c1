/** What a terminal is wide at least, and what is piped is read in. */
export const WIDTH = 80;

/**
 * A text in lines of at most `width` characters, broken between words; a word that is longer, such as a path, has a
 * line of its own.
 *
 * @param indent how far the lines after the first are moved to the right
 */
export function wrap(text: string, width = WIDTH, indent = 0): string[] {
  const lines = [""];
  // What is too long for any line needn't leave the first word alone.
  const isFirst = (line: string) => lines.length === 1 && !line.includes(" ");
  for (const word of text.split(" ")) {
    const line = lines[lines.length - 1];
    if (line.trim() === "") lines[lines.length - 1] = line + word;
    else if (line.length + 1 + word.length <= width || (isFirst(line) && word.length > width - indent))
      lines[lines.length - 1] = `${line} ${word}`;
    else lines.push(" ".repeat(indent) + word);
  }
  return lines;
}
