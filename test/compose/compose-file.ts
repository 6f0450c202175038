// docker-compose.yml as Compose reads it: anchors merged, `$$` undone.

import { readFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parse } from 'yaml';

export const composeFile = resolve(import.meta.dirname, '../../docker-compose.yml');

export interface Service {
  image: string;
  command: string[];
  profiles: string[];
  /** `127.0.0.1:7001-7006:7001-7006` */
  ports: string[];
  /** `name:/folder` */
  volumes: string[];
  environment: Record<string, string>;
  depends_on: Record<string, { condition: string }>;
  network_mode?: string;
  restart?: string;
  working_dir?: string;
  healthcheck?: { test: string[]; interval: string; timeout: string; retries: number };
}

export interface ComposeFile {
  version?: string;
  services: Record<string, Service>;
  volumes: Record<string, unknown>;
}

/** The text is checked against the specification elsewhere; this gives every service the fields that we read. */
export async function readComposeFile(): Promise<ComposeFile> {
  const merged: unknown = parse(await readFile(composeFile, 'utf8'), { merge: true });
  const file = JSON.parse(JSON.stringify(merged), uninterpolated) as ComposeFile;
  for (const [name, service] of Object.entries(file.services)) {
    file.services[name] = {
      ...{ profiles: [], ports: [], volumes: [], depends_on: {} },
      ...service,
      environment: Object.fromEntries(
        Object.entries(service.environment ?? {}).map(([variable, value]) => [
          variable,
          String(value),
        ]),
      ),
    };
  }
  return file;
}

function uninterpolated(_key: string, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (/(^|[^$])\$(\$\$)*([^$]|$)/.test(value))
    throw new Error(`Compose would interpolate the single $ in: ${value}`);
  return value.replaceAll('$$', '$');
}

/** `127.0.0.1:7001-7003:7001-7003` is published on 7001, 7002 and 7003 of 127.0.0.1. */
export function publishedPorts(mapping: string): {
  address: string;
  host: number[];
  container: number[];
} {
  const [, address = '', host = '', container = ''] =
    /^(?:(.+):)?([\d-]+):([\d-]+)$/.exec(mapping) ?? [];
  return { address, host: expand(host), container: expand(container) };
}

function expand(range: string): number[] {
  const [first = Number.NaN, last = first] = range.split('-').map(Number);
  return Array.from({ length: last - first + 1 }, (_, index) => first + index);
}
