/**
 * The column by which lists are ordered. Ids and times cannot serve: many processes make ids, with clocks that differ, and
 * the database's clock can be set as well.
 */
import { Column, getMetadataArgsStorage } from 'typeorm';
import { storedInteger } from './stored-values.js';

/** A number that Postgres assigns to each row on insert; it grows, with gaps, and never changes. */
export function CountedByPostgres(): PropertyDecorator {
  return (target, propertyName) => {
    Column({
      type: 'bigint',
      insert: false,
      update: false,
      generatedIdentity: 'ALWAYS',
      transformer: storedInteger,
    })(target, propertyName);
    // TypeORM's own decorators support identity columns only as primary keys.
    const generation = { target: target.constructor, propertyName: String(propertyName), strategy: 'identity' };
    getMetadataArgsStorage().generations.push(generation as never);
  };
}
