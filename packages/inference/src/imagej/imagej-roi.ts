import type { InstanceFeature } from "../instances/outlines/outline-instances.js";
import type { Polygons, Ring } from "../instances/outlines/polygons.js";

/** Options of {@link imagejRoi}. */
export interface RoiOptions {
  /** How ImageJ calls it. Default: the object's number. */
  name?: string;
  /** The image of a stack that it belongs to, from 1. Default: all. */
  position?: number;
  /** The same by depth and time, from 1, for what ImageJ opens as a hyperstack. */
  slice?: number;
  frame?: number;
}

/** Bytes of either header. */
const HEADER = 64;
/** Version from which ImageJ knows all that is written here. */
const VERSION = 228;
const RECTANGLE = 1;
const TRACED = 8;
/** The most that its header can say of coordinates, and of how many there are. */
const MOST_PX = 32767;
const MOST_CORNERS = 65535;
/** Segments of a composite path. */
const MOVE = 0;
const LINE = 1;
const CLOSE = 4;

/**
 * An object's outline as a file `.roi` of ImageJ. What is one polygon without holes becomes a traced region, as ImageJ's
 * wand makes it. What has holes or several parts, lies beyond 32,767 px, or has more than 65,535 corners becomes a
 * composite one, which keeps the holes. Both hold exactly the object's pixels.
 *
 * ```ts
 * const { features } = outlineInstances(labels);
 * await writeFile("1.roi", imagejRoi(features[0]));
 * ```
 *
 * @param feature what `outlineInstances` or `instanceOutliner` gives
 */
export function imagejRoi(
  { id, geometry }: Pick<InstanceFeature, "id" | "geometry">,
  { name = String(id), position = 0, slice = 0, frame = 0 }: RoiOptions = {},
): Uint8Array {
  const polygons = geometry.type === "Polygon" ? [geometry.coordinates] : geometry.coordinates;
  const box = boxOf(polygons);
  const [[ring]] = polygons;
  const traced =
    polygons.length === 1 &&
    polygons[0].length === 1 &&
    Math.max(box.right, box.bottom) <= MOST_PX &&
    ring.length - 1 <= MOST_CORNERS;
  const body = traced ? tracedBody(ring, box) : compositeBody(polygons);

  const header2 = HEADER + body.byteLength;
  const bytes = new Uint8Array(header2 + HEADER + 2 * name.length);
  const view = new DataView(bytes.buffer);
  bytes.set([..."Iout"].map((letter) => letter.charCodeAt(0)));
  view.setInt16(4, VERSION);
  view.setUint8(6, traced ? TRACED : RECTANGLE);
  // Those of a composite region that lies far out are in its path.
  for (const [i, edge] of [box.top, box.left, box.bottom, box.right].entries()) {
    view.setInt16(8 + 2 * i, Math.min(edge, MOST_PX));
  }
  if (traced) view.setUint16(16, ring.length - 1);
  else view.setInt32(36, body.byteLength / 4);
  view.setInt32(56, position);
  view.setInt32(60, header2);
  bytes.set(new Uint8Array(body), HEADER);
  view.setInt32(header2 + 8, slice);
  view.setInt32(header2 + 12, frame);
  view.setInt32(header2 + 16, header2 + HEADER);
  view.setInt32(header2 + 20, name.length);
  for (let i = 0; i < name.length; i++) view.setUint16(header2 + HEADER + 2 * i, name.charCodeAt(i));
  return bytes;
}

interface Box {
  left: number;
  top: number;
  right: number;
  bottom: number;
}

function boxOf(polygons: Polygons): Box {
  const box = { left: Infinity, top: Infinity, right: 0, bottom: 0 };
  for (const [outer] of polygons) {
    for (const [x, y] of outer) {
      box.left = Math.min(box.left, x);
      box.top = Math.min(box.top, y);
      box.right = Math.max(box.right, x);
      box.bottom = Math.max(box.bottom, y);
    }
  }
  return box;
}

/** All x, then all y, from the corner of the box on; the last corner is the first. */
function tracedBody(ring: Ring, { left, top }: Box): ArrayBuffer {
  const count = ring.length - 1;
  const view = new DataView(new ArrayBuffer(4 * count));
  for (let i = 0; i < count; i++) {
    view.setInt16(2 * i, ring[i][0] - left);
    view.setInt16(2 * (count + i), ring[i][1] - top);
  }
  return view.buffer;
}

/** A path of all rings; where they lie in each other, ImageJ fills every other one. */
function compositeBody(polygons: Polygons): ArrayBuffer {
  const path = polygons
    .flat()
    .flatMap((ring) => [...ring.slice(0, -1).flatMap(([x, y], i) => [i === 0 ? MOVE : LINE, x, y]), CLOSE]);
  const view = new DataView(new ArrayBuffer(4 * path.length));
  for (const [i, value] of path.entries()) view.setFloat32(4 * i, value);
  return view.buffer;
}
