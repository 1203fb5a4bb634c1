/** Thrown where no backend, or not the one that was asked for, can be had; the message says why. */
export class BackendUnavailableError extends Error {
  override name = "BackendUnavailableError";
}

/** Why a backend is passed over; the message says what would help. */
export class Unavailable extends Error {
  override name = "Unavailable";
}

/**
 * Why an optional package is passed over, from what its import threw.
 *
 * The import itself stands in a `try` of the module that wants it: there webpack, esbuild and Turbopack look for it
 * when they bundle, and don't fail where it isn't installed.
 */
export function unavailable(packageName: string, cause: unknown): Unavailable {
  const [line] = (cause as Error).message.split("\n");
  const reason = isMissing(packageName, line, (cause as { code?: string }).code)
    ? `not installed (npm install ${packageName})`
    : `${packageName} does not load: ${line}`;
  return new Unavailable(reason, { cause });
}

/** Whether a package was not found: by Node, or by what a bundler left in its place. */
function isMissing(packageName: string, message: string, code?: string): boolean {
  const coded = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
  const told = coded || /resolve|cannot find|not found/i.test(message);
  return told && message.includes(packageName);
}
