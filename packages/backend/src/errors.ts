/** Thrown where no backend, or not the one that was asked for, can be had; the message says why. */
export class BackendUnavailableError extends Error {
  override name = "BackendUnavailableError";
}

/** Why a backend is passed over; the message says what would help. */
export class Unavailable extends Error {
  override name = "Unavailable";
}

/** Loads an optional package. @throws Unavailable where it is not installed, with the line that installs it */
export async function optional<T>(packageName: string, load: () => Promise<T>): Promise<T> {
  try {
    return await load();
  } catch (cause) {
    const { code, message } = cause as { code?: string; message: string };
    const missing = code === "ERR_MODULE_NOT_FOUND" || code === "MODULE_NOT_FOUND";
    if (missing && message.includes(packageName)) {
      throw new Unavailable(`not installed (npm install ${packageName})`, { cause });
    }
    throw new Unavailable(`${packageName} does not load: ${message.split("\n")[0]}`, { cause });
  }
}
