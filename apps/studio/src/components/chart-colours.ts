/** The theme's colours of text, of what is drawn, and of lines, for charts, which take no CSS. */
export function chartColours(element: Element): [ink: string, accent: string, line: string] {
  const style = getComputedStyle(element);
  const colour = (name: string) => style.getPropertyValue(name).trim();
  return [colour("--ink-soft"), colour("--accent"), colour("--line")];
}
