import { readFileSync } from 'node:fs';
import { buildSchema, type GraphQLSchema, isEnumType, isInputObjectType, isInterfaceType, isObjectType } from 'graphql';
import { describe, expect, it } from 'vitest';

interface Described {
  name: string;
  description?: string | null;
}

/** Everything in the schema that can have a description, by path. */
function described(schema: GraphQLSchema): [path: string, thing: Described][] {
  const found: [string, Described][] = [];
  for (const type of Object.values(schema.getTypeMap())) {
    if (type.name.startsWith('__') || ['String', 'Int', 'Float', 'Boolean', 'ID'].includes(type.name)) continue;
    found.push([type.name, type]);
    if (isEnumType(type)) for (const value of type.getValues()) found.push([`${type.name}.${value.name}`, value]);
    if (!isObjectType(type) && !isInterfaceType(type) && !isInputObjectType(type)) continue;
    for (const field of Object.values(type.getFields())) {
      found.push([`${type.name}.${field.name}`, field]);
      if (!('args' in field)) continue;
      for (const argument of field.args) found.push([`${type.name}.${field.name}(${argument.name})`, argument]);
    }
  }
  return found;
}

describe('the committed schema', () => {
  const text = readFileSync(new URL('../../../schema.graphql', import.meta.url), 'utf8');

  it('describes every type, field, argument and enum value', () => {
    const things = described(buildSchema(text));
    expect(things.length).toBeGreaterThan(200);
    expect(things.filter(([, thing]) => !thing.description).map(([path]) => path)).toEqual([]);
  });

  it('gives nodes, edges and page info to every connection', () => {
    const connections = Object.values(buildSchema(text).getTypeMap()).filter((type) =>
      type.name.endsWith('Connection'),
    );
    expect(connections.length).toBeGreaterThan(3);
    for (const type of connections) {
      if (!isObjectType(type)) throw new Error(`${type.name} is not an object type`);
      expect(Object.keys(type.getFields()).sort()).toEqual(['edges', 'nodes', 'pageInfo']);
    }
  });
});
