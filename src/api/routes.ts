import { Router } from 'express';
import type { Context } from '../context.ts';

export function apiRoutes(_ctx: Context): Router {
  return Router();
}
