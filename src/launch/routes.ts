import { Router } from 'express';
import type { Context } from '../context.ts';

export function launchRoutes(_ctx: Context): Router {
  return Router();
}
