import { Router } from 'express';
import type { Context } from '../context.ts';

export function adminRoutes(_ctx: Context): Router {
  return Router();
}
