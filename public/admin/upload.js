// @ts-check
/** Turns an upload form into one with dropping, progress and all faults at once. Without this it is a plain form. */

for (const form of /** @type {NodeListOf<HTMLFormElement>} */ (
  document.querySelectorAll('form[data-upload]')
))
  enhance(form);

/** @param {HTMLFormElement} form */
function enhance(form) {
  /** @type {<T extends Element>(selector: string) => T} */
  const part = (selector) => /** @type {any} */ (form.querySelector(selector));
  const input = /** @type {HTMLInputElement} */ (part('input[type=file]'));
  const idle = /** @type {NodeListOf<HTMLElement>} */ (form.querySelectorAll('.idle'));
  const busy = /** @type {HTMLElement} */ (part('.busy'));
  const bar = /** @type {HTMLProgressElement} */ (part('progress'));
  const said = /** @type {HTMLElement} */ (part('[data-said]'));
  const aloud = /** @type {HTMLElement} */ (part('[data-aloud]'));
  const faults = /** @type {HTMLElement} */ (part('.faults'));
  const button = /** @type {HTMLButtonElement} */ (part('button:not([type])'));
  /** @type {XMLHttpRequest | undefined} */
  let running;

  // Choosing a file is asking for its upload: one button does both.
  const choose = /** @type {HTMLButtonElement} */ (part('[data-choose]'));
  button.hidden = true;
  input.hidden = true;
  choose.hidden = false;
  choose.addEventListener('click', () => input.click());
  if (form.hasAttribute('data-anywhere')) input.multiple = true;
  input.addEventListener('change', () => void sendAll([...(input.files ?? [])]));
  form.addEventListener('submit', (event) => {
    event.preventDefault();
    void sendAll([...(input.files ?? [])]);
  });
  const stop = /** @type {HTMLButtonElement} */ (part('[data-stop]'));
  stop.addEventListener('click', () => running?.abort());

  const target = form.hasAttribute('data-anywhere') ? document.documentElement : form;
  let depth = 0;
  const hasFiles = (/** @type {DragEvent} */ event) =>
    [...(event.dataTransfer?.types ?? [])].includes('Files');
  target.addEventListener('dragenter', (event) => {
    if (!hasFiles(event) || running) return;
    event.preventDefault();
    depth++;
    form.classList.add('over');
  });
  target.addEventListener('dragover', (event) => {
    if (hasFiles(event)) event.preventDefault();
  });
  target.addEventListener('dragleave', () => {
    depth = Math.max(depth - 1, 0);
    if (depth === 0) form.classList.remove('over');
  });
  target.addEventListener('drop', (event) => {
    if (!hasFiles(event)) return;
    event.preventDefault();
    depth = 0;
    form.classList.remove('over');
    if (!running)
      void sendAll([...(event.dataTransfer?.files ?? [])].slice(0, input.multiple ? undefined : 1));
  });

  window.addEventListener('beforeunload', (event) => {
    if (running) event.preventDefault();
  });

  /** One after the other; the first fault ends it. @param {File[]} files */
  async function sendAll(files) {
    if (files.length === 0 || running) return;
    faults.hidden = true;
    show(true);
    let address = '';
    try {
      for (const [i, file] of files.entries()) {
        const count = files.length > 1 ? `${i + 1}/${files.length} · ` : '';
        /** @type {HTMLElement} */ (part('[data-name]')).textContent = count + file.name;
        if (!/\.zip$/i.test(file.name) && !/zip/.test(file.type)) throw { title: form.dataset.notZip };
        if (file.size > Number(form.dataset.limit)) throw { title: form.dataset.tooLarge };
        aloud.textContent = file.name;
        address = await send(file);
      }
      running = undefined;
      location.assign(files.length > 1 ? location.pathname : address);
    } catch (problem) {
      running = undefined;
      show(false);
      if (problem)
        complain(
          /** @type {any} */ (problem),
          files.length > 1 ? `${/** @type {HTMLElement} */ (part('[data-name]')).textContent}: ` : '',
        );
    }
    input.value = '';
  }

  /** @param {File} file @returns {Promise<string>} where the course is */
  function send(file) {
    return new Promise((resolve, reject) => {
      const body = new FormData();
      for (const field of /** @type {NodeListOf<HTMLInputElement>} */ (
        form.querySelectorAll('input[type=hidden]')
      )) {
        body.append(field.name, field.value);
      }
      body.append('file', file);
      const request = new XMLHttpRequest();
      running = request;
      request.open('POST', form.action);
      request.setRequestHeader('Accept', 'application/json');
      request.responseType = 'json';
      request.upload.addEventListener('progress', ({ loaded, total }) => {
        bar.value = loaded / total;
        const text =
          form.dataset.sending?.replace('{sent}', size(loaded)).replace('{total}', size(total)) ?? '';
        if (said.textContent !== text) said.textContent = text;
      });
      request.upload.addEventListener('load', () => {
        bar.removeAttribute('value');
        // From here on the server goes through with it.
        stop.hidden = true;
        said.textContent = form.dataset.reading ?? '';
        aloud.textContent = said.textContent;
      });
      request.addEventListener('load', () => {
        if (request.status === 201) resolve(request.response.address);
        else reject(request.response ?? { title: form.dataset.failed });
      });
      request.addEventListener('error', () => reject({ title: form.dataset.failed }));
      request.addEventListener('abort', () => reject(undefined));
      bar.value = 0;
      stop.hidden = false;
      said.textContent = '';
      request.send(body);
    });
  }

  /** @param {boolean} isBusy */
  function show(isBusy) {
    for (const each of idle) each.hidden = isBusy;
    busy.hidden = !isBusy;
    form.setAttribute('aria-busy', String(isBusy));
    if (isBusy) stop.focus();
    else choose.focus();
  }

  /** @param {{ title?: string, detail?: string, errors?: { detail: string }[] }} problem @param {string} about */
  function complain({ title, detail, errors = [] }, about) {
    /** @type {HTMLElement} */ (part('[data-fault]')).textContent =
      about + (title ?? form.dataset.failed ?? '');
    const lines = errors.length ? errors.map((each) => each.detail) : detail ? [detail] : [];
    part('.faults ul').replaceChildren(
      ...lines.map((line) => {
        const item = document.createElement('li');
        item.textContent = line;
        return item;
      }),
    );
    faults.hidden = false;
  }
}

/** @param {number} bytes */
function size(bytes) {
  const step = Math.min(Math.floor(Math.log10(Math.max(bytes, 1)) / 3), 3);
  const unit = /** @type {const} */ (['byte', 'kilobyte', 'megabyte', 'gigabyte'])[step];
  const digits = step > 1 ? 1 : 0;
  return new Intl.NumberFormat(document.documentElement.lang, {
    style: 'unit',
    unit,
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  }).format(bytes / 1000 ** step);
}
