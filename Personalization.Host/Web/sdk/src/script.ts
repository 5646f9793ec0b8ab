import { create } from './sdk';
import type { Init } from './api';

// The one global name is the page's choice: <script src="…" data-global="shopEvents">.
const script = document.currentScript as HTMLScriptElement;
const init: Init = options => create(options, new URL(script.src).origin);
(window as unknown as Record<string, unknown>)[script.dataset['global'] ?? 'personalization'] = { init };
