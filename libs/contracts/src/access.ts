/** What a proof of identity allows, and what a person is on this server. */

export const scopes = ['READ', 'WRITE', 'ADMIN'] as const;
/** READ: queries and subscriptions. WRITE: mutations as well. ADMIN: what only administrators may do. */
export type Scope = (typeof scopes)[number];

export const userRoles = ['MEMBER', 'ADMINISTRATOR'] as const;
export type UserRole = (typeof userRoles)[number];

/** What a link that works once is for. */
export const linkKinds = ['ADMINISTRATOR', 'INVITATION', 'RESET'] as const;
export type LinkKind = (typeof linkKinds)[number];
