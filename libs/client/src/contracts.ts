/**
 * What the client shares with the server. The one file that reaches into the library next door: this folder is a package
 * of its own, in which the repository's `#libs/…` names do not exist. Publishing bundles what is used of it.
 */
export * from '../../contracts/src/index.js';
