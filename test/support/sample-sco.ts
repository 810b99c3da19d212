/**
 * The script of the sample courses: ES5 and old habits, as real courses have them. It looks for the API as ADL's
 * sample does, up the parents and then through the opener.
 */
export const courseScript = `
var found = (function () {
  var name = course.standard === '1.2' ? 'API' : 'API_1484_11';
  function climb(win) {
    var tries = 0;
    while (!win[name] && win.parent && win.parent !== win) {
      tries += 1;
      if (tries > 7) return null;
      win = win.parent;
    }
    return win[name];
  }
  var api = climb(window);
  if (!api && window.opener) api = climb(window.opener);
  return api || null;
})();

var old = course.standard === '1.2';
var names = old
  ? { Initialize: 'LMSInitialize', GetValue: 'LMSGetValue', SetValue: 'LMSSetValue', Commit: 'LMSCommit', Terminate: 'LMSFinish', GetLastError: 'LMSGetLastError', GetErrorString: 'LMSGetErrorString' }
  : { Initialize: 'Initialize', GetValue: 'GetValue', SetValue: 'SetValue', Commit: 'Commit', Terminate: 'Terminate', GetLastError: 'GetLastError', GetErrorString: 'GetErrorString' };
var began = new Date();
var page = 1;
var running = false;

function show(id, text) { document.getElementById(id).textContent = text; }

function call(name, a, b) {
  if (!found) return '';
  var answer = b === undefined ? found[names[name]](a) : found[names[name]](a, b);
  var error = found[names.GetLastError]();
  if (String(error) !== '0') {
    show('error', document.getElementById('error').textContent + ' ' + name + '(' + a + '): ' + error + ' ' + found[names.GetErrorString](error));
  }
  return answer;
}

function get(element12, element2004) { return String(call('GetValue', old ? element12 : element2004)); }
function set(element12, element2004, value) { return call('SetValue', old ? element12 : element2004, String(value)); }

function two(number) { return number < 10 ? '0' + number : String(number); }

function sessionTime() {
  var seconds = Math.floor((new Date() - began) / 1000);
  var h = Math.floor(seconds / 3600), m = Math.floor(seconds / 60) % 60, s = seconds % 60;
  return old ? two(h) + ':' + two(m) + ':' + two(s) : 'PT' + h + 'H' + m + 'M' + s + 'S';
}

function turnTo(to) {
  page = Math.min(Math.max(to, 1), course.pages);
  show('page', 'Page ' + page + ' of ' + course.pages);
  document.getElementById('previous').disabled = page === 1;
  document.getElementById('next').disabled = page === course.pages;
  document.getElementById('finish').disabled = page !== course.pages;
  if (!running) return;
  set('cmi.core.lesson_location', 'cmi.location', page);
  set('cmi.suspend_data', 'cmi.suspend_data', 'seen=' + page);
  if (!old) set('', 'cmi.progress_measure', Math.round((page - 1) / course.pages * 100) / 100);
  call('Commit', '');
}

function start() {
  if (!found) {
    show('state', 'no API');
    turnTo(1);
    return;
  }
  running = String(call('Initialize', '')) === 'true';
  if (!running) {
    show('state', 'refused');
    return;
  }
  var status = get('cmi.core.lesson_status', 'cmi.completion_status');
  if (status === 'not attempted' || status === 'unknown') set('cmi.core.lesson_status', 'cmi.completion_status', 'incomplete');
  show('state', 'running');
  var entry = get('cmi.core.entry', 'cmi.entry');
  var bookmark = Number(entry === 'ab-initio' ? 1 : get('cmi.core.lesson_location', 'cmi.location'));
  turnTo(bookmark || 1);
}

function leave(exit) {
  if (!running) return;
  running = false;
  set('cmi.core.session_time', 'cmi.session_time', sessionTime());
  set('cmi.core.exit', 'cmi.exit', exit);
  call('Commit', '');
  call('Terminate', '');
}

function finish() {
  if (!running) return;
  var asked = /[?&]score=([0-9.]+)/.exec(location.search);
  var score = asked ? Number(asked[1]) : course.score;
  if (score !== null) {
    set('cmi.core.score.min', 'cmi.score.min', 0);
    set('cmi.core.score.max', 'cmi.score.max', 100);
    set('cmi.core.score.raw', 'cmi.score.raw', score);
    if (!old) set('', 'cmi.score.scaled', score / 100);
  }
  if (old) {
    set('cmi.core.lesson_status', '', course.success || 'completed');
  } else {
    set('', 'cmi.progress_measure', 1);
    set('', 'cmi.completion_status', 'completed');
    if (course.success) set('', 'cmi.success_status', course.success);
  }
  leave(old ? '' : 'normal');
  document.getElementById('previous').disabled = document.getElementById('next').disabled = document.getElementById('finish').disabled = true;
  show('state', 'finished');
}

document.getElementById('next').onclick = function () { turnTo(page + 1); };
document.getElementById('previous').onclick = function () { turnTo(page - 1); };
document.getElementById('finish').onclick = finish;
window.addEventListener('pagehide', function () { leave('suspend'); });
start();
`;
