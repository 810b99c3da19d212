import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const root = join(import.meta.dirname, '../..');
const css = readFileSync(join(root, 'public/tokens.css'), 'utf8');

/** The colours of one block of tokens.css. */
function colours(from: string): Record<string, string> {
  const start = css.indexOf(from);
  assert.ok(start >= 0, from);
  const block = css.slice(start, css.indexOf('}', start));
  return Object.fromEntries(
    [...block.matchAll(/--([\w-]+): (#[0-9a-f]{6});/g)].map(([, name, value]) => [name!, value!]),
  );
}
const light = colours(':root {');
const dark = colours(":root[data-theme='dark']");

/** WCAG 2.2, relative luminance and contrast ratio. */
function contrast(a: string, b: string): number {
  const luminance = (hex: string) => {
    const [r, g, b] = [1, 3, 5].map((at) => {
      const value = parseInt(hex.slice(at, at + 2), 16) / 255;
      return value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
    }) as [number, number, number];
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const [x, y] = [luminance(a), luminance(b)].sort((p, q) => q - p) as [number, number];
  return (x + 0.05) / (y + 0.05);
}

const grounds = ['ground', 'surface', 'sunken'];
const meanings = ['good', 'warning', 'bad', 'info'];
/** What is read, on what it may stand. */
const texts: [string, string[]][] = [
  ['ink', [...grounds, 'accent-tint', ...meanings.map((m) => `${m}-tint`)]],
  ['ink-soft', grounds],
  ['accent-text', [...grounds, 'accent-tint', ...meanings.map((m) => `${m}-tint`)]],
  ['on-accent', ['accent', 'accent-hover']],
  ['on-bad', ['bad']],
  ...meanings.map((m): [string, string[]] => [`${m}-text`, [...grounds, `${m}-tint`]]),
];

for (const [theme, tokens] of Object.entries({ light, dark })) {
  describe(`colours in ${theme}`, () => {
    for (const [text, under] of texts) {
      for (const ground of under) {
        it(`${text} on ${ground} can be read (4.5 : 1)`, () => {
          const ratio = contrast(tokens[text]!, tokens[ground]!);
          assert.ok(ratio >= 4.5, `${ratio.toFixed(2)} : 1`);
        });
      }
    }
    for (const line of ['line-strong', 'focus']) {
      it(`${line} can be seen on every ground (3 : 1)`, () => {
        for (const ground of ['ground', 'surface'])
          assert.ok(contrast(tokens[line]!, tokens[ground]!) >= 3, ground);
      });
    }
  });
}

describe('the tokens', () => {
  it('are the same dark for readers whose system asks for it as for those who chose it', () => {
    assert.deepEqual(colours(":root:not([data-theme='light'])"), dark);
    assert.deepEqual(Object.keys(dark), Object.keys(light));
  });

  it('are the only place that defines a colour', () => {
    const colour = /#[0-9a-f]{3,8}\b|\b(?:rgba?|hsla?|oklch)\(/i;
    const wrong = globSync('public/{pages,admin}.css', { cwd: root }).filter((file) =>
      readFileSync(join(root, file), 'utf8')
        .split('\n')
        .some((line) => colour.test(line)),
    );
    assert.deepEqual(wrong, []);
  });

  it('are all defined that the parts use', () => {
    const used = new Set(
      globSync('public/{pages,admin}.css', { cwd: root }).flatMap((file) =>
        [...readFileSync(join(root, file), 'utf8').matchAll(/var\(--([\w-]+)/g)].map(([, name]) => name!),
      ),
    );
    assert.deepEqual(
      [...used].filter((name) => !css.includes(`--${name}:`)),
      [],
    );
  });
});
