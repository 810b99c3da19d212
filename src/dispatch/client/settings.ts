/** What the ZIP's index.html holds for the shell. Nothing of it is secret. */
export type Settings = {
  v: 1;
  dispatch: string;
  shellKey: string;
  /** Origin of the server, without a trailing slash. */
  base: string;
  standard: Standard;
  /** `noApi.title` and so on, in the words of src/web/text. */
  texts: { [key: string]: string };
};

export type Standard = 'scorm12' | 'scorm2004';

export function readSettings(): Settings {
  return JSON.parse(document.getElementById('coursedock')!.textContent!) as Settings;
}
