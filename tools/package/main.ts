/** `npm run build:client`: creates the folder to publish. */
import { makeClientPackage } from './client-package.ts';

const folder = 'dist/packages/client';
await makeClientPackage(folder);
console.log(`${folder} can be published: npm publish ${folder}`);
