/**
 * What the client shares with the server. This is the only file that imports from the neighbouring library: this folder is
 * a separate package, where the repository's `#libs/…` names do not exist. Publishing bundles the parts that are used.
 */
export * from '../../contracts/src/index.js';
