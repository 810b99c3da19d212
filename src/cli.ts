#!/usr/bin/env node
import { enableCompileCache } from 'node:module';
import { join } from 'node:path';

// What Node made of our TypeScript at an earlier start is used again: half the time to start, 40 MB less. It lies beside
// the packages and not in the system's temporary folder, where another user could put code of their own.
enableCompileCache(join(import.meta.dirname, '../node_modules/.cache/coursedock'));
await import('./commands.ts');
