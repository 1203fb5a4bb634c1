/** A figure of the report: a row of pictures with a line below each. */
interface Figure {
  title: string;
  panels: Array<{ caption: string; png: Uint8Array }>;
}

/** Numbers of a report. */
export interface Table {
  /** First row: the column heads. */
  rows: string[][];
  /** What the numbers mean, in a sentence or two. */
  note: string;
}

/** What a report shows, from top to bottom. */
export interface Report {
  title: string;
  /** One sentence that says what was done. */
  lead: string;
  /** The results in large type. */
  headlines: Array<{ value: string; label: string }>;
  tables: Table[];
  figures: Figure[];
  /** SVG pictures. */
  charts: Array<{ title: string; svg: string }>;
  /** How it was made: name and value of each setting and timing. */
  details: Array<[string, string]>;
  /** Further settings, folded until they are clicked. */
  folded?: { title: string; details: Array<[string, string]> };
}

/** The report as one HTML file that opens offline: pictures inside, no script, light and dark. */
export function renderReport(report: Report): string {
  const { title, lead, headlines, tables, figures, charts, details, folded } = report;
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<style>${style}</style>
<main>
<h1>${escapeHtml(title)}</h1>
<p class="lead">${escapeHtml(lead)}</p>
<section class="headlines">${headlines.map(({ value, label }) => `<div><strong>${escapeHtml(value)}</strong><span>${escapeHtml(label)}</span></div>`).join("")}</section>
${tables.map(renderTable).join("\n")}
${figures.map(renderFigure).join("\n")}
${charts.map(({ title: name, svg }) => `<h2>${escapeHtml(name)}</h2>\n<div class="chart">${svg}</div>`).join("\n")}
<h2>How it was made</h2>
${renderDetails(details)}
${folded ? `<details><summary>${escapeHtml(folded.title)}</summary>\n${renderDetails(folded.details)}</details>` : ""}
</main>
</html>
`;
}

function renderDetails(details: Report["details"]): string {
  const lines = details.map(([name, value]) => `<dt>${escapeHtml(name)}</dt><dd>${escapeHtml(value)}</dd>`);
  return `<dl>${lines.join("")}</dl>`;
}

function renderTable({ rows: [head, ...rows], note }: Table): string {
  const line = (cells: string[], first: string, other: string) =>
    cells
      .map((cell, i) => `<${i === 0 ? first : other}>${escapeHtml(cell)}</${i === 0 ? first : other}>`)
      .join("");
  return `<table><thead><tr>${line(head, "th", "th")}</tr></thead>
<tbody>${rows.map((row) => `<tr>${line(row, "th", "td")}</tr>`).join("")}</tbody></table>
<p class="note">${escapeHtml(note)}</p>`;
}

function renderFigure({ title, panels }: Figure): string {
  const shown = panels.map(
    ({ caption, png }) =>
      `<figure><img alt="${escapeHtml(`${title}: ${caption}`)}" src="data:image/png;base64,${Buffer.from(png).toString("base64")}"><figcaption>${escapeHtml(caption)}</figcaption></figure>`,
  );
  return `<h2>${escapeHtml(title)}</h2>\n<section class="panels">${shown.join("")}</section>`;
}

function escapeHtml(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}

const style = `
:root { color-scheme: light dark; --ink: #1b1f24; --soft: #66707c; --line: #dfe3e8; --paper: #fff; --accent: #0b6bcb; }
@media (prefers-color-scheme: dark) { :root { --ink: #e8eaed; --soft: #9aa4af; --line: #30363d; --paper: #14171a; --accent: #6cb2ff; } }
body { margin: 0; background: var(--paper); color: var(--ink); font: 16px/1.5 system-ui, sans-serif; }
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
h1 { font-size: 30px; line-height: 1.2; margin: 0 0 8px; }
h2 { font-size: 18px; margin: 40px 0 12px; }
.lead { color: var(--soft); max-width: 68ch; margin: 0 0 28px; }
.headlines { display: flex; flex-wrap: wrap; gap: 40px; margin-bottom: 28px; }
.headlines strong { display: block; font-size: 34px; line-height: 1.1; font-variant-numeric: tabular-nums; color: var(--accent); }
.headlines span { color: var(--soft); font-size: 14px; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
th, td { padding: 7px 28px 7px 0; text-align: left; border-bottom: 1px solid var(--line); font-weight: 400; }
thead th { color: var(--soft); font-size: 14px; }
tbody tr:first-child th, tbody tr:first-child td { font-weight: 600; }
.note { color: var(--soft); font-size: 14px; max-width: 72ch; }
.panels { display: grid; grid-template-columns: repeat(auto-fit, minmax(300px, 1fr)); gap: 14px; }
figure { margin: 0; }
figure img { width: 100%; display: block; border-radius: 6px; }
figcaption { color: var(--soft); font-size: 13px; margin-top: 6px; }
.chart { color: var(--ink); overflow-x: auto; }
.chart svg { max-width: 100%; height: auto; background: none !important; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 24px; font-size: 14px; }
details { margin-top: 16px; } summary { cursor: pointer; color: var(--soft); font-size: 14px; }
dt { color: var(--soft); } dd { margin: 0; }
`;
