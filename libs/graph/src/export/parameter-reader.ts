import type { JsonValue } from '#libs/contracts';
import { effectiveParameter, findNodeType } from '../catalog/catalog.js';
import type { ParameterSpec } from '../catalog/node-type.js';
import type { GraphNode } from '../graph-schema.js';
import { sameJson } from '../json.js';
import type { LossList } from './export-loss.js';

/** The parameters of one step, as an exporter reads them. Parameters that were never read are losses in the end. */
export class ParameterReader {
  private readonly asked = new Set<string>();
  private readonly specs: ReadonlyMap<string, ParameterSpec>;

  constructor(
    readonly node: GraphNode,
    private readonly losses: LossList,
    private readonly format: string,
  ) {
    this.specs = new Map((findNodeType(node.type)?.parameters ?? []).map((spec) => [spec.name, spec]));
  }

  /** The effective value: the one given, or the default. */
  value(name: string): JsonValue | undefined {
    this.asked.add(name);
    const spec = this.specs.get(name);
    if (spec) return effectiveParameter(spec, this.node.parameters);
    return Object.hasOwn(this.node.parameters, name) ? this.node.parameters[name] : undefined;
  }

  spec(name: string): ParameterSpec | undefined {
    return this.specs.get(name);
  }

  lose(name: string, message: string): void {
    this.asked.add(name);
    this.losses.add({ nodeId: this.node.id, path: `parameters.${name}`, message });
  }

  /** Call it last. A value equal to what applies anyway is no loss. */
  loseTheRest(): void {
    for (const [name, value] of Object.entries(this.node.parameters)) {
      const fallback = this.specs.get(name)?.default;
      if (this.asked.has(name) || value === null || (fallback !== undefined && sameJson(value, fallback))) continue;
      this.lose(name, `The setting "${name}" has no counterpart in ${this.format}; set it there by hand.`);
    }
  }
}
