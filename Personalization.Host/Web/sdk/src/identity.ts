import { parse, uuid } from './quiet';
import type { Store } from './store';

/** Keys of the store. */
export const WHO = 'who';
export const SESSION = 'session';

const SESSION_MS = 30 * 60_000;

interface Who {
  anonymousId: string;
  userId?: string;
}

/** Who uses the browser: shared by its tabs, made when first asked for. */
export interface Identity {
  who(): Who;
  /** The session, which this prolongs: it ends after 30 minutes without. */
  session(): string;
  signIn(userId: string): void;
  forget(): void;
}

export const createIdentity = (store: Store): Identity => {
  const remember = (who: Who): Who => {
    store.set(WHO, JSON.stringify(who));
    return who;
  };

  const identity: Identity = {
    who() {
      const known = parse<Who>(store.get(WHO));
      return known?.anonymousId ? known : remember({ anonymousId: uuid() });
    },
    // Stored apart from the ids, so that a tab that only prolongs the session cannot undo that another signs in or out.
    session() {
      const [id, lastMs] = (store.get(SESSION) || '').split(' ');
      const now = Date.now();
      const session = id && now - +lastMs! < SESSION_MS ? id : uuid();
      store.set(SESSION, `${session} ${now}`);
      return session;
    },
    signIn(userId) {
      const who = identity.who();
      // Two people at one device must not become one.
      if (who.userId && who.userId !== userId) identity.forget();
      remember({ anonymousId: identity.who().anonymousId, userId });
    },
    forget() {
      store.remove(WHO);
      store.remove(SESSION);
    },
  };
  return identity;
};
