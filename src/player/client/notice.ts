import { byId } from './dom.ts';
import type { Brought } from './opening.ts';
import type { Words } from './words.ts';

/** Says what became of what an earlier tab had left, until it has been read. */
export function tellWhatCame(t: Words, { recovered, lost }: Brought): void {
  if (recovered === 0 && lost === 0) return;
  const [strip, words, close] = [byId('notice'), byId('notice-words'), byId('notice-close')];
  const sentence = t(lost > 0 ? 'lost' : 'recovered');
  strip.classList.add(lost > 0 ? 'warning' : 'info');
  words.textContent = byId('live').textContent = sentence;
  close.textContent = t('understood');
  close.addEventListener('click', () => (strip.hidden = true), { once: true });
  strip.hidden = false;
}
