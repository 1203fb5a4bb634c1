import { type Constant, constantOf } from "./constants.js";
import type { OnnxNode } from "./schema.js";

/** The attributes of a node, by their names, with ONNX's defaults where they aren't given. */
export class NodeSettings {
  readonly #node: OnnxNode;

  constructor(node: OnnxNode) {
    this.#node = node;
  }

  number(name: string, otherwise: number): number {
    const found = this.#find(name);
    return found?.i ?? found?.f ?? otherwise;
  }

  list(name: string): number[] | undefined {
    const ints = this.#find(name)?.ints;
    return ints && ints.length > 0 ? ints : undefined;
  }

  text(name: string, otherwise: string): string {
    const bytes = this.#find(name)?.s;
    return bytes ? new TextDecoder().decode(bytes) : otherwise;
  }

  tensor(name: string): Constant | undefined {
    const found = this.#find(name)?.t;
    return found && constantOf(found, `${name} of ${this.#node.name || this.#node.outputs[0]}`);
  }

  #find(name: string) {
    return this.#node.attributes.find((attribute) => attribute.name === name);
  }
}
