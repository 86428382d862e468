/**
 * The column by which lists are ordered. Ids and times will not do: ids are made by many processes, whose clocks differ,
 * and the clock of the database can be set as well.
 */
import { Column, getMetadataArgsStorage } from 'typeorm';
import { storedInteger } from './stored-values.js';

/** A number that Postgres gives each row of the table as it is inserted; it grows, with holes, and never changes. */
export function CountedByPostgres(): PropertyDecorator {
  return (target, propertyName) => {
    Column({
      type: 'bigint',
      insert: false,
      update: false,
      generatedIdentity: 'ALWAYS',
      transformer: storedInteger,
    })(target, propertyName);
    // TypeORM's own decorators know identities only as primary keys.
    const generation = { target: target.constructor, propertyName: String(propertyName), strategy: 'identity' };
    getMetadataArgsStorage().generations.push(generation as never);
  };
}
