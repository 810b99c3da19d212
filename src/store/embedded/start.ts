/** Starts the embedded store on the files in `dir`, or attaches to the process that has them open already. */
export async function startEmbeddedStore(_options: { dir: string }): Promise<EmbeddedStore> {
  throw new Error('not there yet');
}

export type EmbeddedStore = {
  /** A mongodb:// address with this start's credentials. */
  url: string;
  close: () => Promise<void>;
};
