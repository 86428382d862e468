/** Maps users to what the API shows. */
import type { UserView } from '#libs/persistence';
import type { UserObject } from './user.type.js';

export function presentUser(user: UserView): UserObject {
  return { id: user.id, name: user.name, createdAt: user.createdAt.toISOString() };
}
