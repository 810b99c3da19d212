import type { Journey } from './journey.ts';
import type { Round } from './round.ts';

/** What the course calls: answered by the session, logged where somebody wants to see it, and followed where it is a last word. */
export function answersTo(
  round: Round,
  journey: Journey,
): (method: string, a?: unknown, b?: unknown) => string {
  const { session, log } = round;
  return (method, a, b) => {
    if (method.endsWith('Initialize')) journey.hasBegun();
    const { playing } = round;
    // Courses of one HTML page per topic call LMSFinish on leaving each and LMSInitialize on the next (SCORM 1.2 only).
    if (method === 'LMSInitialize' && playing && session.state.activities[playing]?.running === 'terminated')
      session.open(playing);
    const answer = session.call(method, a, b);
    if (log.isOn) log.called(method, a, b, answer, session.call('GetLastError'));
    if ((method === 'LMSFinish' || method === 'Terminate') && answer === 'true' && playing)
      journey.hasEnded(playing);
    return answer;
  };
}
