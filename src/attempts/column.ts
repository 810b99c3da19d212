import { columnDeliverer } from '../grades/column.ts';
import { announceAll } from './announce.ts';
import { links } from './link.model.ts';
import { giveColumn } from './links.ts';
import { newReckoning } from './reckoning.ts';

/** Makes the column that a link is to have, or gives it other points, and says what is to be said in it then. */
export const deliverColumn = columnDeliverer({
  give: async (ctx, link, lineItem) => {
    await giveColumn(ctx, link, lineItem);
    await announceAll(ctx);
  },
  sayAgain: (ctx, link) =>
    links(ctx.db).updateOne({ _id: link }, { $set: { reckoning: newReckoning(ctx, { again: true }) } }),
});
