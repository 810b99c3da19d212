import { columnDeliverer } from '../grades/column.ts';
import { announceAll } from './announce.ts';
import { giveColumn } from './links.ts';

/** Makes the column that a link is to have, tells the link of it, and says what had waited for it. */
export const deliverColumn = columnDeliverer(async (ctx, link, lineItem) => {
  await giveColumn(ctx, link, lineItem);
  await announceAll(ctx);
});
