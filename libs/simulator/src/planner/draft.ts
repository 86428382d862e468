/**
 * A graph while it is being drawn up: gives out ids, remembers where paths stand and what is known there.
 * Owns consistency (unique ids, edges between nodes that exist); never reads a prompt.
 */
import { Facts } from './facts.js';
import type { Parameters, PlannedEdge, PlannedNode, Tail } from './plan.js';

export class Draft {
  readonly nodes: PlannedNode[] = [];
  readonly edges: PlannedEdge[] = [];
  readonly remarks: string[] = [];
  /** Where the current path stands. Empty right after a node that starts a path of its own was announced. */
  tails: Tail[] = [];
  facts = new Facts();
  private readonly taken: Set<string>;

  constructor(takenIds: Iterable<string> = []) {
    this.taken = new Set(takenIds);
  }

  /** A free id that starts with the hint. */
  allocate(hint: string): string {
    let id = hint;
    for (let number = 2; this.taken.has(id); number += 1) id = `${hint}${number}`;
    this.taken.add(id);
    return id;
  }

  /** Adds a node behind the current path and moves the path onto it. */
  add(hint: string, type: string, label: string, parameters: Parameters): PlannedNode {
    const node = { id: this.allocate(hint), type, label, parameters };
    this.nodes.push(node);
    for (const tail of this.tails) this.edges.push({ ...tail, target: node.id });
    this.tails = [{ source: node.id }];
    this.facts.observe(node);
    return node;
  }

  /** Draws a path out of a named output of a node; returns where it ends. The current path and facts stay as they were. */
  branch(node: PlannedNode, branch: string, draw: () => void): Tail[] {
    return this.aside([{ source: node.id, branch }], draw);
  }

  /** Draws a path from the given place with facts of its own; returns where it ends. */
  aside(from: Tail[], draw: () => void): Tail[] {
    const { tails, facts } = this;
    this.tails = from;
    this.facts = facts.branch();
    draw();
    const ends = this.tails;
    this.tails = tails;
    this.facts = facts;
    return ends;
  }
}
