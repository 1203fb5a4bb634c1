import { createRequire } from "node:module";

/**
 * An SVG picture as PNG, on white. The font comes with the package, since a machine need not have any.
 *
 * @param width of the PNG, px
 */
export async function rasterise(svg: string, width: number): Promise<Uint8Array> {
  const { Resvg } = await import("@resvg/resvg-js");
  const font = createRequire(import.meta.url).resolve("dejavu-fonts-ttf/ttf/DejaVuSans.ttf");
  const drawing = new Resvg(svg, {
    background: "white",
    fitTo: { mode: "width", value: width },
    font: { loadSystemFonts: false, fontFiles: [font], defaultFontFamily: "DejaVu Sans" },
  });
  return drawing.render().asPng();
}
