// What every Node driver shares: cells come in as JSON, and one line of JSON a cell goes out.

import { text } from "node:stream/consumers";

// The stream broke off; what its reader had until then.
export class Partial extends Error {
  constructor(text, cause) {
    super(text, { cause });
    this.text = text;
  }
}

// Come into every cell that standard input names, and tell what happened.
export async function drive(functions, describe) {
  for (const cell of JSON.parse(await text(process.stdin))) {
    const found = await outcome(functions[cell.does], cell, describe);
    console.log(JSON.stringify({ cell: cell.cell, ...found }));
  }
  process.exit(0); // idle connections of the clients would keep the process
}

async function outcome(run, cell, describe) {
  try {
    return await run(cell);
  } catch (error) {
    if (error instanceof Partial) {
      return { text: error.text, ...describe(error.cause) };
    }
    return describe(error);
  }
}

// The retries under the client's own name for them; nothing where its default is wanted.
export function retries(cell) {
  return cell.retries === null ? {} : { maxRetries: cell.retries };
}

// The class of an error and those that it extends, named as the package exports them: what users write behind
// `instanceof`. Whatever is not exported is named by itself.
export function kinds(error, SDK, prefix) {
  const names = [];
  for (let kind = error.constructor; kind?.prototype instanceof Error || kind === Error; kind = Object.getPrototypeOf(kind)) {
    const exported = Object.entries(SDK).find(([name, value]) => value === kind && name !== "default");
    names.push(exported && error instanceof exported[1] ? `${prefix}.${exported[0]}` : kind.name);
  }
  return names;
}

// What the exceptions of the OpenAI and the Anthropic SDK tell their users.
export function facts(SDK, prefix) {
  return (error) => {
    const inner = error.error?.error ?? error.error;
    return {
      raised: kinds(error, SDK, prefix),
      status: error.status ?? null,
      code: error.code ?? null,
      message: String(error.message),
      decision: inner?.lictor?.decision_id ?? null,
    };
  };
}
