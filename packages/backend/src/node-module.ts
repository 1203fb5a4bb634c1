/** A module or package for Node, unseen by bundlers for browsers, which would put a stand-in for it into the bundle. */
export function nodeModule<T>(name: string): Promise<T> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ name);
}
