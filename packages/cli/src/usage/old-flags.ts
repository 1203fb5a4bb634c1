/** Old names of flags, which this release still accepts, and their new names. */
const renamed: Readonly<Record<string, string>> = {
  "--tile": "--tile-size",
  "--rate": "--learning-rate",
  "--clip": "--clip-norm",
};

/**
 * The arguments with old names of flags replaced by the new ones.
 *
 * @param tell is called with a line for each
 */
export function withNewFlags(args: readonly string[], tell: (line: string) => void): string[] {
  return args.map((arg) => {
    const [flag, ...value] = arg.split("=");
    if (!Object.hasOwn(renamed, flag)) return arg;
    tell(`${flag} is called ${renamed[flag]} now; the next release will not know the old name`);
    return [renamed[flag], ...value].join("=");
  });
}
