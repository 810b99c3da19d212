// @ts-check
/* A page that only passes something on does so at once; its button is for browsers without scripts. */
/** @type {HTMLFormElement | null} */ (document.querySelector('form[data-submit]'))?.submit();
