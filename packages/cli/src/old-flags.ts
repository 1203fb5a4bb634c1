/** Flags that were called otherwise in the release before, and are understood for this one. */
const renamed: Readonly<Record<string, string>> = {
  "--tile": "--tile-size",
  "--rate": "--learning-rate",
  "--clip": "--clip-norm",
};

/**
 * The arguments with flags of the release before by their names of today.
 *
 * @param tell is told of each, in a line
 */
export function withNewFlags(args: readonly string[], tell: (line: string) => void): string[] {
  return args.map((arg) => {
    const [flag, ...value] = arg.split("=");
    if (!Object.hasOwn(renamed, flag)) return arg;
    tell(`${flag} is called ${renamed[flag]} now; the next release will not know the old name`);
    return [renamed[flag], ...value].join("=");
  });
}
