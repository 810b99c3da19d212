import { Router } from 'express';
import type { Context } from '../context.ts';

export function dispatchRoutes(_ctx: Context): Router {
  return Router();
}
