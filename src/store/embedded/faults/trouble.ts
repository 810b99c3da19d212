import { channel } from 'node:diagnostics_channel';

/** What whoever runs the server has to know and do something about. The message is whole sentences, shown without a stack. */
export class StoreTrouble extends Error {
  override name = 'StoreTrouble';
}

/** The file cannot be trusted any more. Starting again does not help: only a person does. */
export class StoreDamaged extends StoreTrouble {
  override name = 'StoreDamaged';

  /** From what was found in the file. */
  static in(path: string, finding: string, options?: ErrorOptions): StoreDamaged {
    return new StoreDamaged(
      `${path} is damaged: ${finding.replace(/\.$/, '')}. It was left as it is. Stop every server on it, keep a copy of ` +
        'its folder, and restore the last backup: npx coursedock restore BACKUP',
      options,
    );
  }
}

/** Is this SQLite's way to say that a file is not what it wrote? */
export function isDamage(code: string | undefined): boolean {
  return (
    Boolean(code?.startsWith('SQLITE_CORRUPT')) ||
    code === 'SQLITE_NOTADB' ||
    code === 'SQLITE_IOERR_SHORT_READ'
  );
}

/** Damage that a command ran into, for whoever keeps the log: the text is SQLite's. */
export const damageSeen = 'coursedock:store-damaged';

export function publishDamage(message: string): void {
  channel(damageSeen).publish(message);
}
