import { countsMore, on, type Row } from './rows.ts';

// RTE: the SCORM 1.2 Run-Time Environment. ADL: what its Conformance Test Suite 1.2.7 expects.

const container =
  /^cmi(\.core|\.core\.score|\.objectives|\.objectives\.\d+|\.objectives\.\d+\.score|\.interactions\.\d+\.correct_responses)?$/;
const foreign = /^(__proto__|constructor|toString|settings\..*|cmi\.(core\.)?(__proto__|constructor))$/;

export const rows12: Row[] = [
  {
    what: 'a call before LMSInitialize or after LMSFinish',
    right: 'ours',
    because:
      'RTE 3.3.6: 301, not initialized. Theirs answers, and takes values, after LMSFinish, and commits before.',
    is: ({ turn, ours }) => turn !== 'during' && ours.error === '301',
  },
  {
    what: 'LMSInitialize with an argument after LMSFinish',
    right: 'either',
    because: 'Two things are wrong; ADL looks first at whether the session has ended.',
    is: ({ turn, call, ours }) => turn === 'after' && call.method === 'Initialize' && ours.error === '101',
  },
  {
    what: 'no name',
    right: 'ours',
    because: 'RTE 3.3.6: 201, invalid argument. Theirs leaves the error of the call before.',
    is: on('any', /^$/, ['201', '*']),
  },
  {
    what: 'names outside the data model reach the engine itself',
    right: 'ours',
    because:
      'A course reads and writes its data model, nothing else (RTE 3.4). Theirs hands out its settings and prototypes.',
    is: on('any', foreign, ['201|401', '0']),
  },
  {
    what: 'a prototype as a part of a name is taken for an unimplemented element',
    right: 'ours',
    because: 'ADL: 201 for an unknown element of a known category.',
    is: on('any', /__proto__/, ['201', '401']),
  },
  {
    what: 'the name of a container is read as an object, and can be overwritten with a text',
    right: 'ours',
    because:
      'RTE 3.4: only elements have values. ADL: 201. Theirs answers 401 to everything in it from then on.',
    is: on('any', container, ['201', '0|404']),
  },
  {
    what: 'the children of cmi are without comments_from_lms',
    right: 'ours',
    because: 'RTE 3.4.4: _children lists what is supported, and comments_from_lms can be read from both.',
    is: on('GetValue', /^cmi\._children$/, ['0', '0']),
  },
  {
    what: 'an unknown element of a known category',
    right: 'ours',
    because: 'ADL: 201, and 401 for an unknown category only.',
    is: on('any', /\.(bogus|attempt_number|x\.id|-1\.id|1\.5\.id)$/, ['201', '401']),
  },
  {
    what: 'a score has a maximum of 100 that nobody set',
    right: 'ours',
    because: 'RTE 3.4.4: an element without a value is the empty string.',
    is: ({ ours, theirs, ...more }) =>
      on('GetValue', /score\.max$/, ['0', '0'])({ ours, theirs, ...more }) && theirs.value === '100',
  },
  {
    what: 'no time at all',
    right: 'ours',
    because: 'RTE 3.4.4: total_time is a CMITimespan from the first session on; an empty string is none.',
    is: on('GetValue', /^cmi\.core\.total_time$/, ['0', '0']),
  },
  {
    what: 'preferences that nobody set',
    right: 'either',
    because: 'RTE 3.4.4 says no default; 0 is "no change", and of the element\'s type.',
    is: on('GetValue', /^cmi\.student_preference\.(audio|speed|text)$/, ['0', '0']),
  },
  {
    what: 'the status of an objective that nobody set',
    right: 'either',
    because: 'RTE 3.4.4 says no default; "not attempted" is of the vocabulary, an empty string is not.',
    is: on('GetValue', /^cmi\.objectives\.\d+\.status$/, ['0', '0']),
  },
  {
    what: 'a value that was refused leaves an item behind',
    right: 'ours',
    because: 'RTE 3.3.4: a failed LMSSetValue changes nothing.',
    is: countsMore,
  },
  {
    what: 'how many parts an item has that is not there',
    right: 'ours',
    because:
      'There is no such array to count (ADL: 201 for what is not there). Theirs counts in what a refused value left.',
    is: on('GetValue', /^cmi\.(interactions|objectives)\.\d+\.(\w+\.)?_count$/, ['201', '0|203|404']),
  },
  {
    what: 'an index with an exponent, with a zero before it, or of ten digits',
    right: 'ours',
    because: 'RTE 3.4.2: n is an integer from 0 on, and items follow one another; one item has one name.',
    is: on('any', /^cmi\.objectives\.(1e3|01|1000000000)\.id$/, ['201', '0|405']),
  },
  {
    what: '_children and _count of what has none are written',
    right: 'ours',
    because: 'RTE 3.3.6: 402, the element is a keyword.',
    is: on('SetValue', /\._(children|count)$/, ['402', '401']),
  },
  {
    what: 'values longer than the specification asks for',
    right: 'either',
    because: 'RTE 3.4.2: 255 and 4096 are what an LMS must take at least. Courses write more; ours keeps it.',
    is: on('SetValue', /(location|comments|language|\.id)$/, ['0', '405'], /^x{256,}$/),
  },
  {
    what: 'letters beyond ASCII in an identifier',
    right: 'either',
    because:
      'RTE 3.4.2: CMIIdentifier is alphanumeric. Courses write their own language; nothing is gained by losing it.',
    is: on('SetValue', /\.id$/, ['0', '405'], /[ß😀]/u),
  },
  {
    what: 'an identifier of nothing but white space',
    right: 'ours',
    because: 'RTE 3.4.2: CMIIdentifier has no white space; here there is nothing else.',
    is: on('SetValue', /\.id$/, ['405', '0'], /^\s+$/),
  },
  {
    what: 'cmi.core.exit "normal"',
    right: 'ours',
    because: 'RTE 3.4.4: time-out, suspend, logout or empty. Theirs takes it for empty.',
    is: on('SetValue', /exit$/, ['405', '0'], /^normal$/),
  },
  {
    what: 'time spans of one or of five digits of hours, 99 seconds',
    right: 'ours',
    because: 'RTE 3.4.2: CMITimespan is HHHH:MM:SS.SS, two to four digits of hours, seconds below 60.',
    is: on('SetValue', /(session_time|latency)$/, ['405', '0'], /^(\d:|\d{5}:|\d+:\d+:([6-9]\d))/),
  },
  {
    what: 'a weighting that is blank or beyond 100',
    right: 'ours',
    because: 'ADL checks a decimal or a blank, without a range; RTE 3.4.4: CMIDecimal.',
    is: on('SetValue', /weighting$/, ['0', '405'], /^(|-?\d{3,}(\.\d+)?)$/),
  },
  {
    what: 'a result below 0 or beyond 100',
    right: 'ours',
    because: 'RTE 3.4.4: a vocabulary or CMIDecimal, without a range.',
    is: on('SetValue', /result$/, ['0', '405'], /^(-|\d{3})/),
  },
  {
    what: 'the result "incorrect"',
    right: 'ours',
    because: 'RTE 3.4.4: correct, wrong, unanticipated, neutral. Theirs takes it for "wrong".',
    is: on('SetValue', /result$/, ['405', '0'], /^incorrect$/),
  },
  {
    what: 'line breaks in answers',
    right: 'ours',
    because: 'RTE 3.4.2: CMIFeedback is a text of the type of interaction; a fill-in may have lines.',
    is: on('SetValue', /(response|pattern)$/, ['0', '405'], /\n/),
  },
  {
    what: 'whole numbers with a plus',
    right: 'either',
    because: 'RTE 3.4.2: CMISInteger is signed, from -32768 to +32768.',
    is: on('SetValue', /^cmi\.student_preference\./, ['0', '405'], /^\+/),
  },
];
