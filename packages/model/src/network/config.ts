/** The architecture. Every field has a default, which is the paper's network (figure 1). */
export interface UNetConfig {
  /** Channels of the input image. Default 1. */
  inputChannels: number;
  /** Classes, background counted; the channels of the logits. Default 2. */
  classes: number;
  /** How many times the contracting path halves the resolution. Default 4. */
  depth: number;
  /** Channels of the first level; each level below has twice as many. Default 64. */
  filters: number;
  /**
   * `"paper"` (default): as figure 1. `"released"`: as the authors' published network, which concatenates
   * [upsampled, skip], has a ReLU after each up-convolution, and keeps 128 channels in the last of them.
   */
  variant: "paper" | "released";
  /**
   * `"valid"` (default): unpadded 3×3 convolutions, so the output is smaller than the input and every output
   * pixel has seen its whole context. `"same"`: zero-padded, so output and input are of one size.
   */
  padding: "valid" | "same";
  /**
   * `"transpose"` (default): 2×2 up-convolution of stride 2. `"nearest"`, `"bilinear"`: interpolation, then
   * a 1×1 convolution that halves the channels.
   */
  upsampling: "transpose" | "nearest" | "bilinear";
  /**
   * Normalise each 3×3 convolution's output, in place of its bias and before its ReLU: by the mean and variance
   * of the batch in training, of which running means of momentum 0.99 are kept; by those afterwards. Epsilon
   * 1e-5, trained scale and shift. Default false.
   */
  batchNormalisation: boolean;
  /** Share of the values dropped at the end of the contracting path. Default 0.5. */
  dropout: number;
  /** Decides the initial weights, and the dropout masks until `setDropoutStep`. Default 0. */
  seed: number;
}

/** The paper's network. */
export const paperConfig: UNetConfig = {
  inputChannels: 1,
  classes: 2,
  depth: 4,
  filters: 64,
  variant: "paper",
  padding: "valid",
  upsampling: "transpose",
  batchNormalisation: false,
  dropout: 0.5,
  seed: 0,
};

/**
 * Fills what `config` leaves out.
 *
 * @param where the function that was given the configuration, for the message
 * @throws RangeError that names the field, what it was given and what would be right
 */
export function resolveUNetConfig(config: Partial<UNetConfig>, where: string): UNetConfig {
  for (const name of Object.keys(config)) {
    if (!Object.hasOwn(paperConfig, name)) {
      throw new RangeError(
        `${where}: unknown option "${name}"; it knows ${Object.keys(paperConfig).join(", ")}`,
      );
    }
  }
  const given = Object.fromEntries(Object.entries(config).filter(([, value]) => value !== undefined));
  const resolved: UNetConfig = { ...paperConfig, ...given };
  const fail = (name: keyof UNetConfig, right: string): never => {
    throw new RangeError(`${where}: ${name} must be ${right}, got ${resolved[name]}`);
  };
  for (const name of ["inputChannels", "classes", "filters"] as const) {
    if (!Number.isInteger(resolved[name]) || resolved[name] < 1) fail(name, "a whole number of at least 1");
  }
  if (!Number.isInteger(resolved.depth) || resolved.depth < 1 || resolved.depth > 8) {
    fail("depth", "a whole number from 1 to 8");
  }
  if (!(resolved.dropout >= 0 && resolved.dropout < 1)) fail("dropout", "a number from 0 to below 1");
  if (!Number.isSafeInteger(resolved.seed)) fail("seed", "a whole number");
  if (typeof resolved.batchNormalisation !== "boolean") fail("batchNormalisation", "true or false");
  const choices = {
    variant: ["paper", "released"],
    padding: ["valid", "same"],
    upsampling: ["transpose", "nearest", "bilinear"],
  } as const;
  for (const [name, allowed] of Object.entries(choices) as Array<[keyof typeof choices, readonly string[]]>) {
    if (!allowed.includes(resolved[name])) fail(name, allowed.map((choice) => `"${choice}"`).join(" or "));
  }
  return resolved;
}
