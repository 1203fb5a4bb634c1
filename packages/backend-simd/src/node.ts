/**
 * One of Node's own modules; undefined in a browser, and in Node before 20.16. It is asked for at run time, so that no
 * bundler looks for it.
 */
export function builtin<T>(name: string): T | undefined {
  const runtime = globalThis as { process?: { getBuiltinModule?(name: string): unknown } };
  return runtime.process?.getBuiltinModule?.(name) as T | undefined;
}
