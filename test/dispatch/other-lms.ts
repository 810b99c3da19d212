import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import AdmZip from 'adm-zip';

type Standard = 'scorm12' | 'scorm2004';

/** Another LMS, as small as can be: it plays one SCORM package for one learner, and keeps what it is told when it is committed. */
export type OtherLms = {
  /** The page that plays the package; without its API at `?api=none`. */
  url: string;
  /** What it has in its database. */
  values: Record<string, string>;
  /** The calls of the SCO, in order, without reading: `set cmi.core.exit suspend`, `commit`, `finish`. */
  calls: string[];
  close: () => Promise<void>;
};

/** Its API lives in the LMS's page, above the frame of the SCO, and sends what it got with a beacon, as Moodle does. */
export async function openOtherLms(
  zip: Buffer,
  standard: Standard,
  learner = { id: 'sam', name: 'Student, Sam' },
): Promise<OtherLms> {
  const files = new AdmZip(zip);
  const values: Record<string, string> =
    standard === 'scorm12'
      ? {
          'cmi.core.student_id': learner.id,
          'cmi.core.student_name': learner.name,
          'cmi.core.lesson_status': 'not attempted',
          'cmi.core.lesson_mode': 'normal',
          'cmi.core.credit': 'credit',
          'cmi.core.total_time': '0000:00:00',
        }
      : {
          'cmi.learner_id': learner.id,
          'cmi.learner_name': learner.name,
          'cmi.completion_status': 'unknown',
          'cmi.success_status': 'unknown',
          'cmi.mode': 'normal',
          'cmi.credit': 'credit',
        };
  const calls: string[] = [];
  const server = createServer(async (req, res) => {
    const { pathname, searchParams } = new URL(req.url!, 'http://lms');
    if (req.method === 'POST') {
      const parts: Buffer[] = [];
      for await (const part of req) parts.push(part as Buffer);
      const told = JSON.parse(Buffer.concat(parts).toString()) as {
        values: Record<string, string>;
        calls: string[];
      };
      Object.assign(values, told.values);
      calls.push(...told.calls);
      return res.writeHead(204).end();
    }
    if (pathname === '/') {
      const api =
        searchParams.get('api') === 'none'
          ? ''
          : `(${lmsApi.toString()})(${JSON.stringify({ standard, values })})`;
      res.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
      return res.end(`<!doctype html><title>Other LMS</title><style>html,body{margin:0;height:100%}iframe{width:100%;height:90%;border:0}</style>
        <h1>Other LMS</h1><script>${api}</script><iframe id="sco" src="/package/index.html"></iframe>`);
    }
    const entry = pathname.startsWith('/package/')
      ? files.getEntry(pathname.slice('/package/'.length))
      : null;
    if (!entry) return res.writeHead(404).end();
    res.writeHead(200, {
      'Content-Type': pathname.endsWith('.js') ? 'text/javascript' : 'text/html; charset=utf-8',
    });
    res.end(entry.getData());
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    // A site of its own: neither of our two origins.
    url: `http://lms.localhost:${(server.address() as AddressInfo).port}/`,
    values,
    calls,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Runs in the LMS's page. */
function lmsApi({ standard, values }: { standard: Standard; values: Record<string, string> }): void {
  const old = standard === 'scorm12';
  const readOnly = /student_|learner_|total_time|lesson_mode|cmi\.mode|credit|entry/;
  let calls: string[] = [];
  let state = 'new';
  let error = '0';
  const answer = (ok: boolean, code: string) => {
    error = ok ? '0' : code;
    return ok ? 'true' : 'false';
  };
  const send = () => {
    navigator.sendBeacon('/', JSON.stringify({ values, calls }));
    calls = [];
  };
  const add = (total: string, session: string) => {
    const [h = 0, m = 0, s = 0] = total
      .split(':')
      .map((part, i) => Number(part) + Number(session.split(':')[i]));
    const all = h * 3600 + m * 60 + s;
    const two = (n: number) => String(n).padStart(2, '0');
    return `${String(Math.floor(all / 3600)).padStart(4, '0')}:${two(Math.floor(all / 60) % 60)}:${two(all % 60)}`;
  };
  const api = {
    Initialize: () => {
      const fresh = state === 'new';
      state = 'open';
      return answer(fresh, old ? '101' : '103');
    },
    GetValue: (element: string) => {
      answer(state === 'open', '301');
      return values[element] ?? '';
    },
    SetValue: (element: string, value: string) => {
      calls.push(`set ${element} ${value}`);
      const ok = state === 'open' && !readOnly.test(element) && typeof value === 'string';
      if (ok) values[element] = value;
      return answer(ok, '403');
    },
    Commit: () => {
      calls.push('commit');
      send();
      return answer(state === 'open', '301');
    },
    Terminate: () => {
      calls.push('finish');
      const open = state === 'open';
      state = 'over';
      if (open && old) {
        // As Moodle does it (1.2 RTE 3.4.4): what was never said to be anything is done.
        if (values['cmi.core.lesson_status'] === 'not attempted')
          values['cmi.core.lesson_status'] = 'completed';
        if (values['cmi.core.session_time']) {
          values['cmi.core.total_time'] = add(
            values['cmi.core.total_time']!,
            values['cmi.core.session_time'],
          );
        }
      }
      send();
      return answer(open, '301');
    },
    GetLastError: () => error,
    GetErrorString: () => '',
    GetDiagnostic: () => '',
  };
  const names: Record<string, string> = { Terminate: 'LMSFinish' };
  const shown = Object.fromEntries(
    Object.entries(api).map(([name, call]) => [old ? (names[name] ?? `LMS${name}`) : name, call]),
  );
  Object.assign(window, { [old ? 'API' : 'API_1484_11']: shown });
}
