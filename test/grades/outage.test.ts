import { checkReport, surviveOutage } from './outage.ts';

describe('grades on LMSs in trouble', () => {
  it('arrive in the end, each cell the right last score, sent by one at a time and in order, none held up by another LMS', async function () {
    this.timeout(60_000);
    checkReport(await surviveOutage({ columns: 1, learners: 10, within: 10 * 60_000, seed: 7 }));
  });
});
