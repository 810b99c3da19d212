import { countsMore, on, type Row } from './rows.ts';

// RTE, SN: SCORM 2004 4th Edition. ADL: what its sample run-time answers, where the books leave it open.

const container =
  /^(cmi|adl|adl\.nav|cmi\.score|cmi\.objectives|cmi\.objectives\.\d+(\.score)?|cmi\.interactions\.\d+\.correct_responses)$/;
const foreign = /^(__proto__|constructor|toString|settings\..*|cmi\.(__proto__|constructor))$/;
const item = /^(cmi|adl)\.\w+\.-?\d+e?\d*(\.|$)/;
const odd = /^cmi\.objectives\.(-1|1e3|01|1000000000|1\.5)\.id$/;
const answer = /(learner_response|pattern)$/;
const number = /(score\.\w+|measure|weighting|audio_level|delivery_speed|result)$/;

export const rows2004: Row[] = [
  {
    what: 'two things are wrong: the session is over, or has not begun, and the argument is not empty',
    right: 'either',
    because: 'RTE 3.1.3 gives no order. ADL looks first at whether the session has ended.',
    is: ({ turn, call, theirs }) => turn !== 'during' && call.a === 'x' && theirs.error === '201',
  },
  {
    what: 'an answer comes with the error of the call before',
    right: 'ours',
    because: 'RTE 3.1.7: after a call that did not fail the error is 0.',
    is: ({ call, turn, ours, theirs }) =>
      turn === 'during' &&
      call.method === 'GetValue' &&
      ours.error === '0' &&
      theirs.error !== '0' &&
      theirs.value !== '',
  },
  {
    what: 'names outside the data model reach the engine itself',
    right: 'ours',
    because:
      'RTE 3.1.7: 401 for what is no element. Theirs hands out its settings and prototypes, and lets them be set.',
    is: on('any', foreign, ['401', '0']),
  },
  {
    what: 'the name of a container is read as an object, and can be overwritten with a text',
    right: 'ours',
    because: 'RTE 3.1.7, ADL DMI: 401. Theirs answers 401 to everything in it from then on.',
    is: on('any', container, ['401', '0']),
  },
  {
    what: 'cmi has children',
    right: 'ours',
    because: 'ADL: 401, cmi is the data model and no element of it.',
    is: on('any', /^cmi\._(children|count)$/, ['401', '*']),
  },
  {
    what: 'children in another order',
    right: 'either',
    because: 'RTE 4.1: a comma-separated list, without an order.',
    is: ({ call, turn, ours, theirs }) => turn === 'during' && isSameList(call.a, ours.value, theirs.value),
  },
  {
    what: 'a value that was refused leaves an item behind',
    right: 'ours',
    because: 'RTE 3.1.4.2: a failed SetValue changes nothing.',
    is: countsMore,
  },
  {
    what: 'an item that is not there is read',
    right: 'ours',
    because: 'RTE 4.1, ADL: an index beyond the last item is 301, not a value that nobody set.',
    is: on('GetValue', item, ['301', '403|0']),
  },
  {
    what: 'an empty item made by reading, or by a value that was refused',
    right: 'ours',
    because: 'RTE 3.1.7: an element that nobody set is 403, not an empty string.',
    is: on('GetValue', /^cmi\.comments_from_learner\.\d\.(comment|location)$/, ['403', '0']),
  },
  {
    what: 'an index that is none, with a zero before it, or of ten digits',
    right: 'ours',
    because: 'RTE 4.1: n is an integer from 0 on, and items follow one another; one item has one name.',
    is: on('any', odd, ['*', '*']),
  },
  {
    what: 'keywords, objectives and patterns of the interaction after the last',
    right: 'ours',
    because: 'RTE 4.2.9: 408, the interaction needs its id first (and a pattern its type). ADL: 408.',
    is: on('SetValue', /^cmi\.interactions\.\d\.(objectives|correct_responses)\.\d\.\w+$/, [
      '408',
      '0|351|406',
    ]),
  },
  {
    what: 'a result without the id of its interaction',
    right: 'ours',
    because: 'RTE 4.2.9: result depends on id: 408.',
    is: on('SetValue', /result$/, ['408', '0|406']),
  },
  {
    what: 'a score without the id of its objective',
    right: 'ours',
    because: 'RTE 4.2.17: score depends on id: 408.',
    is: on('SetValue', /^cmi\.objectives\.\d\.score\.\w+$/, ['408', '0|406|407']),
  },
  {
    what: 'the id of an interaction is changed',
    right: 'ours',
    because: 'RTE 4.2.9 forbids it of objectives only; ADL takes it.',
    is: on('SetValue', /^cmi\.interactions\.\d\.id$/, ['0|406', '351']),
  },
  {
    what: 'the id of an objective is changed to what is no identifier',
    right: 'either',
    because: 'Two things are wrong; ADL looks first at whether there is one already.',
    is: on('SetValue', /^cmi\.objectives\.\d\.id$/, ['351', '406']),
  },
  {
    what: 'an identifier that is no URI',
    right: 'ours',
    because:
      'RTE 4.1.1: long_identifier_type is a URI (RFC 3986), and a URN is a whole one. ADL DMI refuses them.',
    is: on('SetValue', /\.id$/, ['406', '0']),
  },
  {
    what: 'a choice of what is no identifier; a number for a pair, a step or a range; a range that ends before it begins',
    right: 'ours',
    because: 'RTE 4.2.9.1, 4.2.9.2: each type of interaction has its form: 406. ADL refuses them.',
    is: on('SetValue', answer, ['406', '0'], /[ [:{}]|^-?[\d.]+$/),
  },
  {
    what: 'no answer',
    right: 'ours',
    because: 'RTE 4.2.9.1: a set or a bag may be empty, and so may a text. ADL takes it.',
    is: on('SetValue', answer, ['0', '406'], /^$/),
  },
  {
    what: 'texts with brackets, line breaks, or a brace at the beginning; an item that comes twice',
    right: 'ours',
    because:
      'RTE 4.2.9.1, 4.2.9.2: long-fill-in and other are any text, a fill-in and a sequencing may repeat. ADL takes them.',
    is: on('SetValue', answer, ['0', '406'], /\[[.,:]\]|\{|\n/),
  },
  {
    what: 'values longer than the specification asks for',
    right: 'either',
    because:
      'RTE 4.1.1: a smallest permitted maximum is what an LMS takes at least. Courses write more; ours keeps it.',
    is: on('SetValue', /(location|comment|description|response|pattern|\.id)$/, ['0', '406'], /^x{251,}$/),
  },
  {
    what: 'an empty text, or one with a line break or a brace at its beginning',
    right: 'ours',
    because:
      'RTE 4.1.1: a characterstring is any; only {lang=…} is reserved at its beginning. ADL DMI sets an empty location.',
    is: on('SetValue', /(location|comment|description)$/, ['0', '406'], /^(|\n|\{.*)$/s),
  },
  {
    what: 'a language that is none',
    right: 'ours',
    because: 'RTE 4.1.1: language_type begins with a code of ISO 639, i or x. ADL DMI refuses others.',
    is: on('SetValue', /(language|comment|description)$/, ['406', '0']),
  },
  {
    what: 'no language',
    right: 'ours',
    because: 'RTE 4.2.13: an empty string is the default; ADL DMI sets it.',
    is: on('SetValue', /language$/, ['0', '406'], /^$/),
  },
  {
    what: 'days that no month has, times after 2038',
    right: 'ours',
    because: 'RTE 4.1.1: time(second,10,2) is a date of the calendar, from 1970 to 2038.',
    is: on('SetValue', /timestamp$/, ['406', '0']),
  },
  {
    what: 'intervals of nothing, of weeks, of fractions of an hour',
    right: 'ours',
    because:
      'RTE 4.1.1: timeinterval has at least one part, one at least after a T, and only seconds have fractions.',
    is: on('SetValue', /(session_time|latency)$/, ['406', '0']),
  },
  {
    what: 'numbers that begin or end with a point, or have twenty digits',
    right: 'either',
    because:
      'RTE 4.1.1: real(10,7) has these digits at least. Their value is clear; a range is then looked at.',
    is: on('SetValue', number, ['0|407', '406'], /^-?(\.\d+|\d+\.|\d{11,})$/),
  },
  {
    what: 'a speed of 0, and a thousand times the loudness',
    right: 'ours',
    because: 'RTE 4.2.13: from 0 on, without an end. ADL DMI sets a speed of 0.0.',
    is: on('SetValue', /(delivery_speed|audio_level)$/, ['0', '407']),
  },
  {
    what: 'captions beyond 1',
    right: 'ours',
    because: 'RTE 4.2.13: audio_captioning is a state of -1, 0, 1: 406, not a range.',
    is: on('SetValue', /audio_captioning$/, ['406', '407']),
  },
  {
    what: 'comments_from_lms are written where there are none',
    right: 'ours',
    because: 'RTE 4.2.3, ADL DMI: 404, read only, whatever there is.',
    is: on('SetValue', /^cmi\.comments_from_lms\./, ['404', '351']),
  },
  {
    what: 'the total time of nothing, in another spelling',
    right: 'either',
    because: 'RTE 4.2.25: a timeinterval of 0. ADL DMB reads PT0H0M0S.',
    is: on('GetValue', /total_time$/, ['0', '0']),
  },
  {
    what: 'adl.nav.request cannot be read',
    right: 'ours',
    because: 'SN 5.6.4: read and write, at first _none_. ADL answers it.',
    is: on('GetValue', /^adl\.nav\.request$/, ['0', '405']),
  },
  {
    what: 'adl.nav.request without the target it needs, or of a word that is none',
    right: 'ours',
    because: 'SN 5.6.4: choice and jump have {target=…} before them; a course cannot ask for start.',
    is: on('SetValue', /^adl\.nav\.request$/, ['406', '0'], /^(choice|jump|start)$/),
  },
  {
    what: 'whether a request would be valid is not known',
    right: 'ours',
    because: 'SN 5.6.5: what the sequencer would say, where it can be said. Theirs needs its host to say it.',
    is: on('GetValue', /^adl\.nav\.request_valid\./, ['0', '0']),
  },
  {
    what: 'an activity whose name has a dot cannot be asked about',
    right: 'ours',
    because: 'SN 5.6.5: {target=ID}, and an identifier of a manifest may have dots (XML NCName).',
    is: on('SetValue', /^adl\.nav\.request_valid\.choice\.\{target=a\.b\}$/, ['404', '401']),
  },
];

function isSameList(name: string, ours: string, theirs: string): boolean {
  const sorted = (list: string) => list.split(',').toSorted().join();
  return name.endsWith('_children') && ours !== '' && sorted(ours) === sorted(theirs);
}
