/**
 * A package that works in Node only and need not be installed. By a name that no bundler follows: it would have to be
 * there when bundling, and its native part can't be bundled.
 */
export function packageOfNode<T>(name: string): Promise<T> {
  return import(/* @vite-ignore */ /* webpackIgnore: true */ /* turbopackIgnore: true */ name);
}
