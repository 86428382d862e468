/** Short forms for writing catalogue entries, so that an entry reads as one small table. */
import type { JsonValue } from '#libs/contracts';
import type { Outlet, OutputSpec, ParameterSpec, ParameterType } from './node-type.js';

type Extras = Omit<ParameterSpec, 'name' | 'type' | 'required' | 'description'>;

/** A required parameter; the example is a value that passes the linter. */
export function required(
  name: string,
  type: ParameterType,
  description: string,
  example: JsonValue,
  extras: Extras = {},
): ParameterSpec {
  return { name, type, required: true, description, example, ...extras };
}

/** A parameter that may be omitted. */
export function optional(name: string, type: ParameterType, description: string, extras: Extras = {}): ParameterSpec {
  return { name, type, required: false, description, ...extras };
}

/** The stored connection that an action uses; by default the connection named after the service. */
export function credential(service: string, defaultName: string): ParameterSpec {
  return {
    name: 'credential',
    type: 'credential',
    required: false,
    description: `Name of the stored ${service} connection. Never write a token or a password here.`,
    default: defaultName,
  };
}

/** `outputs({ status: 'HTTP status code' })`, in the order written. */
export function outputs(described: Record<string, string>): readonly OutputSpec[] {
  return Object.entries(described).map(([name, description]) => ({ name, description }));
}

/** A branch that must have an edge. */
export function mustConnect(name: string, description: string): Outlet {
  return { name, description, mustConnect: true };
}

/** A branch where the path may end on purpose. */
export function mayEnd(name: string, description: string): Outlet {
  return { name, description, mustConnect: false };
}
