import type { Init } from './api';
import { create } from './sdk';

/** Starts the SDK; call it once a page. */
export const init: Init = options => create(options, new URL(import.meta.url).origin);

export type * from './api';
