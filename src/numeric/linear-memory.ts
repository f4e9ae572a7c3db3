/** The part of WebAssembly that is used here: its types only come with the DOM library. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}
interface WebAssemblyApi {
  readonly Memory: new (size: { initial: number; maximum: number }) => LinearMemory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: { env: { memory: LinearMemory } }) => { readonly exports: unknown };
}
const { WebAssembly } = globalThis as unknown as { WebAssembly: WebAssemblyApi };

const PAGE_BYTES = 65_536;
/** Pointers have 32 bits, and the one after the last number must fit. */
export const MOST_BYTES = 2 ** 32 - PAGE_BYTES;

const compiled = new Map<string, object>();

/**
 * A WebAssembly memory of at least `bytes` bytes. It never grows, because that would detach all views; untouched pages cost nothing. Throws
 * a RangeError if the machine cannot allocate it.
 */
export function linearMemory(bytes: number): LinearMemory {
  const pages = Math.max(1, Math.ceil(bytes / PAGE_BYTES));
  return new WebAssembly.Memory({ initial: pages, maximum: pages });
}

/** The exports of a module, instantiated on a memory. `base64`: the module, which is compiled once. */
export function kernelsOver(memory: LinearMemory, base64: string): unknown {
  const module = compiled.get(base64) ?? new WebAssembly.Module(Buffer.from(base64, 'base64'));
  compiled.set(base64, module);
  return new WebAssembly.Instance(module, { env: { memory } }).exports;
}
