import { assertImage, assertLabels, type Image, type LabelImage } from "@unet/image";
import { channelOf } from "../labelling/channel.js";
import { type LabelInstancesOptions, labelInstances } from "../labelling/label-instances.js";
import { assertBasinOptions, type BasinOptions, basinsOf, bordersOf, meetings } from "../splitting/basins.js";
import { mergeRegions } from "../splitting/merge-regions.js";
import { regionsLike } from "./regions-like.js";

/** Options of {@link trackInstances}. */
export interface TrackInstancesOptions extends Omit<LabelInstancesOptions, "watershed"> {
  /** The objects of the frame before the first, for example annotated ones, which the first then continues. */
  start?: LabelImage;
  /** Deviation of the Gaussian by which scores are smoothed before basins are looked for, px. Default 2. */
  smoothing?: number;
  /** How far two basins must both rise above the saddle between them, in smoothed score. Default 0.01. */
  depth?: number;
}

/**
 * The objects in the scores of a time-lapse sequence, frame by frame: what touches is divided as it was in the frame
 * before, and an object keeps its number for as long as it is seen.
 *
 * Foreground is what `labelInstances` finds. It is divided into basins by a watershed of the smoothed scores, and
 * basins are merged by the mean score along their borders, as in `ultrametricContours`. A merge stands unless the
 * regions below it are more like the frame before: by the sum, over the objects there, of the best IoU with a
 * region here. Each region takes the number of the object with which it has the highest IoU, each number at most
 * once. An object that finds no region although most of its place is foreground was swallowed: then the scores are
 * cut half-way between it and its neighbours in the frame before, and the regions are looked for again. Basins
 * that are left go to the neighbour with the highest mean border, and what is apart from all known objects is a
 * new one.
 *
 * So no score decides whether there are one or two cells: they are two if they came as two. Cells that are one from the
 * first frame on, or divide, are told apart once background lies between them; one that is lost for a frame gets a new
 * number. Objects must overlap their own place in the frame before, at least a little.
 *
 * Memory is that of a few frames.
 *
 * @param frames scores, e.g. what `predictTiled` returns, all of one size
 * @returns for each frame an instance map; numbers are those of `start`, then those after its largest
 * @throws RangeError where a frame or `start` has another size, there is no such channel, or an option is impossible
 */
export async function* trackInstances(
  frames: Iterable<Image> | AsyncIterable<Image>,
  { start, smoothing = 2, depth = 0.01, ...options }: TrackInstancesOptions = {},
): AsyncGenerator<LabelImage, void, undefined> {
  assertBasinOptions({ smoothing, depth }, "trackInstances");
  if (start) assertLabels(start, "trackInstances");
  let before = start;
  let last = start ? start.data.reduce((most, label) => Math.max(most, label), 0) : 0;
  for await (const scores of frames) {
    assertImage(scores, "trackInstances");
    const { width, height } = scores;
    if (before && (before.width !== width || before.height !== height)) {
      const sizes = `${width} × ${height}, the one before ${before.width} × ${before.height}`;
      throw new RangeError(`trackInstances: frames must be of one size; got one of ${sizes}`);
    }
    before = nextFrame(scores, before, last, { smoothing, depth }, options);
    last = before.data.reduce((most, label) => Math.max(most, label), last);
    yield before;
  }
}

/** The objects of a frame, like those `before`; new ones get numbers after `last`. */
function nextFrame(
  scores: Image,
  before: LabelImage | undefined,
  last: number,
  basinOptions: BasinOptions,
  options: LabelInstancesOptions,
): LabelImage {
  const { width, height } = scores;
  const { channel = 1, threshold = 0.5, minimumSize = 0 } = options;
  const foreground = labelInstances(scores, options);
  const mask = Uint8Array.from(foreground.data, (label) => (label > 0 ? 1 : 0));
  const inside = channelOf(scores, { x: 0, y: 0, width, height }, channel).map((score, i) =>
    mask[i] === 1 ? Math.max(score, threshold) : 0,
  );
  const find = () => {
    const basins = basinsOf(inside, mask, width, height, basinOptions);
    const tree = mergeRegions(basins.count, bordersOf(basins, inside, width, height));
    return regionsLike(before, basins, tree);
  };
  let found = find();
  const swallowed = swallowedBy(mask, before, found.numbers);
  if (swallowed.size > 0) {
    cutAround(swallowed, before!, inside);
    found = find();
  }
  return joinRest(found, inside, { width, height, last, minimumSize });
}

/** Joins the regions without a number to those that have one, where they touch; what is left is new objects. */
function joinRest(
  { regions, numbers }: ReturnType<typeof regionsLike>,
  scores: Float32Array,
  { width, height, last, minimumSize }: { width: number; height: number; last: number; minimumSize: number },
): LabelImage {
  const { count, parents } = mergeRegions(regions.count, bordersOf(regions, scores, width, height), numbers);
  const roots = Int32Array.from({ length: count + 1 }, (_, node) => node);
  for (let node = count; node > 0; node--) if (parents[node] > 0) roots[node] = roots[parents[node]];
  const numberOf = new Int32Array(count + 1);
  for (let region = 1; region <= regions.count; region++) numberOf[roots[region]] ||= numbers[region];
  const areas = new Int32Array(count + 1);
  for (const region of regions.labels) areas[roots[region]]++;

  const data = new Int32Array(width * height);
  for (let i = 0; i < data.length; i++) {
    const root = roots[regions.labels[i]];
    if (root === 0 || areas[root] < minimumSize) continue;
    numberOf[root] ||= ++last;
    data[i] = numberOf[root];
  }
  return { width, height, data };
}

/** The objects before that no region continues, though more than half of their pixels are in the mask. */
function swallowedBy(mask: Uint8Array, before: LabelImage | undefined, numbers: Int32Array): Set<number> {
  const excess = new Map<number, number>();
  before?.data.forEach((object, i) => {
    if (object > 0) excess.set(object, (excess.get(object) ?? 0) + (mask[i] === 1 ? 1 : -1));
  });
  for (const number of numbers) excess.delete(number);
  return new Set([...excess].filter(([, pixels]) => pixels > 0).map(([object]) => object));
}

/** Makes scores 0 where the zones nearest to some objects end. */
function cutAround(some: Set<number>, objects: LabelImage, scores: Float32Array): void {
  const zones = nearestObjects(objects);
  meetings(zones, objects.width, objects.height, (i, j) => {
    if (!some.has(zones[i]) && !some.has(zones[j])) return;
    scores[i] = 0;
    scores[j] = 0;
  });
}

/** For each pixel the object that it is the fewest steps from, over sides of pixels. */
function nearestObjects({ width, data }: LabelImage): Int32Array {
  const nearest = data.map((object) => Math.max(object, 0));
  const queue = new Int32Array(nearest.length);
  let end = 0;
  for (let i = 0; i < nearest.length; i++) if (nearest[i] > 0) queue[end++] = i;
  for (let next = 0; next < end; next++) {
    const i = queue[next];
    const x = i % width;
    const visit = (j: number) => {
      if (nearest[j] > 0) return;
      nearest[j] = nearest[i];
      queue[end++] = j;
    };
    if (x > 0) visit(i - 1);
    if (x + 1 < width) visit(i + 1);
    if (i >= width) visit(i - width);
    if (i + width < nearest.length) visit(i + width);
  }
  return nearest;
}
