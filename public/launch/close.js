// @ts-check
/* Tells the LMS that the registration is done (LTI Dynamic Registration 1.0 §3.6.1); it closes the frame or window. */
const opener = window.parent === window ? window.opener : window.parent;
opener?.postMessage({ subject: 'org.imsglobal.lti.close' }, '*');

const button = /** @type {HTMLButtonElement} */ (document.querySelector('#close'));
button.hidden = false;
button.addEventListener('click', () => {
  opener?.postMessage({ subject: 'org.imsglobal.lti.close' }, '*');
  window.close();
});
