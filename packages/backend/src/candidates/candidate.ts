import type { BackendName } from "../names.js";

/** A backend that may be had here. */
export interface Candidate {
  name: BackendName;
  /**
   * Says what {@link start} would start, without touching the current backend.
   *
   * @throws Unavailable that says why it can't be had
   */
  probe(options: StartOptions): Promise<Started>;
  /**
   * Loads what it needs, registers it with TensorFlow.js and makes it the current one.
   *
   * @param asked whether it was named, not found by default; then a poor stand-in is taken too
   * @throws Unavailable that says why it can't be had
   */
  start(asked: boolean, options: StartOptions): Promise<Started>;
}

/** What of `useBackend`'s options concerns a single backend. */
export interface StartOptions {
  /** Folder or URLs of the WebAssembly binaries, where they are not beside the package. */
  wasmPaths?: string | Record<string, string>;
}

/** What a started backend says of itself. */
export interface Started {
  /** What it computes on, as far as it tells. */
  device?: string;
  /** What one should know of it: that it only stands in for a GPU, and is passed over unless it is named. */
  notes?: string[];
}
