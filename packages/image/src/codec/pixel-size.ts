/** How large a pixel is in the world: the distance between neighbours along each axis, in one unit. */
export interface PixelSize {
  readonly x: number;
  readonly y: number;
  /** Between the planes of a stack. */
  readonly z?: number;
  /** A symbol such as `"µm"`, `"nm"`, `"mm"`, or what else a file calls it. */
  readonly unit: string;
}

/** A length as a file has it. */
export interface Length {
  value: number;
  unit: string;
}

/** Metres of the units that have a symbol, and the names that files have for them. */
const UNITS: Array<{ symbol: string; metres: number; names: string[] }> = [
  { symbol: "µm", metres: 1e-6, names: ["μm", "um", "micron", "microns", "micrometer", "micrometre"] },
  { symbol: "nm", metres: 1e-9, names: ["nanometer", "nanometre"] },
  { symbol: "mm", metres: 1e-3, names: ["millimeter", "millimetre"] },
  { symbol: "cm", metres: 1e-2, names: ["centimeter", "centimetre"] },
  { symbol: "m", metres: 1, names: ["meter", "metre"] },
  { symbol: "Å", metres: 1e-10, names: ["Å", "angstrom"] },
  { symbol: "inch", metres: 0.0254, names: ["in", "inches"] },
];

/** The symbol of a unit of length by any of its names, `"µm"` for `"micrometer"`; other words as they are. */
export function unitSymbol(name: string): string {
  // ImageJ writes µ by its number.
  const plain = name.trim().replace(/\\u00b5/i, "µ");
  const known = UNITS.find(({ symbol, names }) => symbol === plain || names.includes(plain.toLowerCase()));
  return known?.symbol ?? plain;
}

/** How many metres a unit has, by any of its names; `undefined` for what is no unit of length. */
export function metresOf(unit: string): number | undefined {
  const symbol = unitSymbol(unit);
  return UNITS.find((known) => known.symbol === symbol)?.metres;
}

/** The size of a pixel, all axes in the unit of x; `undefined` where x or y is unknown, or given in pixels. */
export function pixelSizeOf(x?: Length, y?: Length, z?: Length): PixelSize | undefined {
  if (!x || !y || !(x.value > 0 && y.value > 0)) return undefined;
  const unit = unitSymbol(x.unit);
  if (unit === "" || /^pixels?$/i.test(unit)) return undefined;
  const inUnit = (length: Length): number | undefined => {
    if (unitSymbol(length.unit) === unit) return length.value;
    const [from, to] = [metresOf(length.unit), metresOf(unit)];
    return from && to ? (length.value * from) / to : undefined;
  };
  const [sideY, sideZ] = [inUnit(y), z && z.value > 0 ? inUnit(z) : undefined];
  if (sideY === undefined) return undefined;
  return { x: x.value, y: sideY, ...(sideZ !== undefined && { z: sideZ }), unit };
}
