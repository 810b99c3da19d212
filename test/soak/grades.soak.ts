/** Ten thousand grades on eleven LMSs, of which nine are in some trouble, and two processes that send them. SOAK_SEED. */
import { checkReport, surviveOutage } from '../grades/outage.ts';

const seed = Number(process.env['SOAK_SEED'] ?? Date.now() % 1_000_000);

describe('ten thousand grades', () => {
  it(`arrive in the end, in order, once, and at once where the LMS is well (SOAK_SEED=${seed})`, async function () {
    this.timeout(10 * 60_000);
    const report = await surviveOutage({ columns: 4, learners: 228, within: 60 * 60_000, seed });
    checkReport(report);
  });
});
