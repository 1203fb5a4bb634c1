/** Thrown where a file or a folder can't be written; names it, and what the system said in plain words. */
export class UnwritableError extends Error {
  override name = "UnwritableError";
  /** The system's word for it, such as `ENOSPC`. */
  readonly code: string | undefined;

  constructor(
    readonly path: string,
    cause: unknown,
  ) {
    const { code, message } = cause as NodeJS.ErrnoException;
    super(`${path} can't be written: ${reasons[code ?? ""] ?? message}`, { cause });
    this.code = code;
  }
}

const reasons: Record<string, string> = {
  EACCES: "there is no permission to",
  EPERM: "there is no permission to",
  EROFS: "the file system is read-only",
  ENOSPC: "the disk is full",
  EDQUOT: "the disk quota is used up",
  ENOENT: "its folder doesn't exist",
  ENOTDIR: "its folder is a file",
  EISDIR: "it is a folder",
  EEXIST: "it is a folder that holds something",
  ENOTEMPTY: "it is a folder that holds something",
  ENAMETOOLONG: "the name is too long",
  ELOOP: "its links lead in a circle",
  EBUSY: "another program uses it",
};

/** Does `work`; what the system says against it becomes an {@link UnwritableError}. */
export async function writing<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof Error && "code" in error && "syscall" in error)
      throw new UnwritableError(path, error);
    throw error;
  }
}
