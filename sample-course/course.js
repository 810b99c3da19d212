/* A small SCORM 1.2 course, written as courses are: it looks for the API, bookmarks, keeps its answers, reports a score. */
(function () {
  'use strict';
  var pages = [
    {
      title: 'Three knots for the dock',
      html:
        '<p>Tying up a boat takes three knots: one that makes a loop, one that holds to a cleat, and one that joins two ropes. ' +
        'Five minutes here, and a short quiz at the end.</p><p>You may leave whenever you like; you will come back to the page you left.</p>',
    },
    {
      title: 'The bowline',
      html:
        '<p>A loop that never slips and never jams. Make a small eye, bring the end <em>up through it</em>, round the standing part, and back down.</p>' +
        '<figure><svg viewBox="0 0 320 150" role="img" aria-label="A rope with a fixed loop"><path d="M20 75 H130 C175 75 175 25 215 25 S300 45 300 75 S255 125 215 125 S150 110 140 75 S165 40 180 62"/></svg>' +
        '<figcaption>The rabbit comes out of the hole, round the tree, and back down the hole.</figcaption></figure>',
    },
    {
      title: 'The cleat hitch',
      html:
        '<p>Holds a line to a cleat and comes off under load. One full turn round the base, one figure of eight, and a last turn tucked under itself.</p>' +
        '<figure><svg viewBox="0 0 320 150" role="img" aria-label="A line on a cleat"><rect class="post" x="120" y="58" width="80" height="34" rx="8"/><rect class="post" x="50" y="50" width="220" height="16" rx="8"/><path d="M20 120 C70 120 80 85 110 80 S240 95 250 60 S120 20 80 40 S190 90 235 84"/></svg>' +
        '<figcaption>Turn, figure of eight, tuck.</figcaption></figure>',
    },
    {
      title: 'The sheet bend',
      html:
        '<p>Joins two ropes, even of different thickness. Fold the thicker one into a bight; bring the thinner up through it, round behind, and under itself.</p>' +
        '<figure><svg viewBox="0 0 320 150" role="img" aria-label="Two ropes joined"><path d="M20 45 H150 C205 45 205 105 150 105 H20"/><path d="M300 75 H175 C140 75 120 20 160 20 S185 125 150 130 S120 90 205 92"/></svg>' +
        '<figcaption>Both short ends lie on the same side.</figcaption></figure>',
    },
    { title: 'Three questions', quiz: true },
  ];
  var questions = [
    {
      id: 'loop',
      ask: 'Which knot makes a loop that does not slip?',
      answers: ['The bowline', 'The cleat hitch', 'The sheet bend'],
      right: 0,
    },
    {
      id: 'load',
      ask: 'Which one can be let go while the line is under load?',
      answers: ['The bowline', 'The cleat hitch', 'The sheet bend'],
      right: 1,
    },
    {
      id: 'join',
      ask: 'Which one joins two ropes of different thickness?',
      answers: ['The bowline', 'The cleat hitch', 'The sheet bend'],
      right: 2,
    },
  ];

  function findApi(win) {
    for (var tries = 0; win && tries < 10; tries++) {
      try {
        if (win.API) return win.API;
        if (win.parent === win) break;
        win = win.parent;
      } catch (error) {
        return null;
      }
    }
    return null;
  }
  var api = findApi(window) || (window.opener && findApi(window.opener));
  var started = Date.now();
  var over = false;
  function get(element) {
    return api ? api.LMSGetValue(element) : '';
  }
  function set(element, value) {
    if (api) api.LMSSetValue(element, String(value));
  }

  var page = 0;
  var answers = {};
  if (api) {
    api.LMSInitialize('');
    page = Math.min(parseInt(get('cmi.core.lesson_location'), 10) || 0, pages.length - 1);
    try {
      answers = JSON.parse(get('cmi.suspend_data') || '{}');
    } catch (error) {
      answers = {};
    }
    if (get('cmi.core.lesson_status') === 'not attempted') set('cmi.core.lesson_status', 'incomplete');
    api.LMSCommit('');
  }

  var main = document.getElementById('page');
  var previous = document.getElementById('previous');
  var next = document.getElementById('next');

  function show(focus) {
    var shown = pages[page];
    main.innerHTML = '<h1>' + shown.title + '</h1>' + (shown.quiz ? '<form id="quiz"></form>' : shown.html);
    if (shown.quiz) showQuiz(document.getElementById('quiz'));
    previous.disabled = page === 0;
    next.disabled = page === pages.length - 1;
    document.getElementById('where').textContent = page + 1 + ' of ' + pages.length;
    if (focus) main.focus();
    set('cmi.core.lesson_location', page);
  }

  function showQuiz(form) {
    questions.forEach(function (question) {
      var field = document.createElement('fieldset');
      field.innerHTML = '<legend>' + question.ask + '</legend>';
      question.answers.forEach(function (answer, index) {
        var label = document.createElement('label');
        label.innerHTML =
          '<input type="radio" required name="' + question.id + '" value="' + index + '"> ' + answer;
        label.firstChild.checked = answers[question.id] === index;
        field.appendChild(label);
      });
      form.appendChild(field);
    });
    form.insertAdjacentHTML('beforeend', '<button id="finish" type="submit">Hand in</button>');
    form.onchange = function (event) {
      answers[event.target.name] = Number(event.target.value);
      set('cmi.suspend_data', JSON.stringify(answers));
    };
    form.onsubmit = function (event) {
      event.preventDefault();
      handIn();
    };
  }

  function handIn() {
    var right = 0;
    questions.forEach(function (question, index) {
      var ok = answers[question.id] === question.right;
      if (ok) right++;
      var base = 'cmi.interactions.' + index + '.';
      set(base + 'id', question.id);
      set(base + 'type', 'choice');
      set(base + 'student_response', 'abc'.charAt(answers[question.id]));
      set(base + 'correct_responses.0.pattern', 'abc'.charAt(question.right));
      set(base + 'result', ok ? 'correct' : 'wrong');
    });
    var score = Math.round((100 * right) / questions.length);
    set('cmi.core.score.min', 0);
    set('cmi.core.score.max', 100);
    set('cmi.core.score.raw', score);
    set('cmi.core.lesson_status', score >= 60 ? 'passed' : 'failed');
    if (api) api.LMSCommit('');
    main.innerHTML =
      '<h1>Done</h1><p class="result" id="result">' +
      right +
      ' of ' +
      questions.length +
      ' right: ' +
      score +
      ' %</p><p>' +
      (score >= 60 ? 'Welcome aboard.' : 'Look at the knots again, then hand in once more: go back a page.') +
      '</p><button id="leave" type="button">Leave the course</button>';
    document.getElementById('leave').onclick = function () {
      leave();
    };
  }

  function leave() {
    if (over || !api) return;
    over = true;
    var seconds = Math.round((Date.now() - started) / 1000);
    function two(n) {
      return (n < 10 ? '0' : '') + n;
    }
    set(
      'cmi.core.session_time',
      '00' +
        two(Math.floor(seconds / 3600)) +
        ':' +
        two(Math.floor(seconds / 60) % 60) +
        ':' +
        two(seconds % 60),
    );
    var status = get('cmi.core.lesson_status');
    set('cmi.core.exit', status === 'passed' || status === 'failed' ? '' : 'suspend');
    api.LMSFinish('');
    main.innerHTML = '<h1>Until next time</h1><p>Everything is saved.</p>';
    previous.disabled = next.disabled = true;
  }

  previous.onclick = function () {
    page--;
    show(true);
  };
  next.onclick = function () {
    page++;
    show(true);
  };
  window.addEventListener('pagehide', leave);
  show(false);
})();
