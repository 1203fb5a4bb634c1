import type { DecodeOptions } from "@unet/image";

/**
 * The same options with an `onNotice` that passes each notice on once: not again where a file is read again, and
 * not for every other file that has the same problem.
 */
export function onceEach({ maxPixels, onNotice }: DecodeOptions): DecodeOptions {
  const given = new Set<string>();
  return {
    maxPixels,
    onNotice(notice) {
      // What follows the name of the file and of its page; numbers of pixels and the like may differ.
      const what = notice.replace(/^.*?\.(png|tiff?|jpe?g|zarr)( \d+\/\d+)?: /is, "").replace(/\d+/g, "");
      if (given.has(what)) return;
      given.add(what);
      onNotice?.(`${notice} (said once, of the first such file)`);
    },
  };
}
