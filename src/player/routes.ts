import { Router } from 'express';
import type { Context } from '../context.ts';

export function playerRoutes(_ctx: Context): Router {
  return Router();
}
