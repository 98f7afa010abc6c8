// The package as it is published: packed, installed somewhere else, and each export imported there.
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, test } from "node:test";
import { fileURLToPath } from "node:url";

interface Manifest {
  name: string;
  exports: Record<string, string | { types: string; default: string }>;
}

const PATIENCE_MS = 120_000;
const home = fileURLToPath(new URL("../..", import.meta.url));
const compiler = join(home, "node_modules/.bin/tsc");

describe("the package as it is published", { timeout: PATIENCE_MS }, () => {
  let project: string;
  let installed: string;
  let manifest: Manifest;

  const run = (folder: string, command: string, ...args: string[]): string =>
    execFileSync(command, args, { cwd: folder, encoding: "utf8" });

  // Without its scripts: they would build anew what is being tested.
  before(() => {
    project = mkdtempSync(join(tmpdir(), "sluice-package-"));
    const pack = ["pack", "--ignore-scripts", "--json", "--pack-destination", project];
    const packed = run(home, "npm", ...pack);
    const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
    writeFileSync(join(project, "package.json"), `{"name":"consumer","type":"module"}`);
    // What the package depends on is fetched already; nothing is asked of a registry here.
    mkdirSync(join(project, "node_modules"));
    cpSync(join(home, "node_modules"), join(project, "node_modules"), { recursive: true });
    const quiet = ["--offline", "--ignore-scripts", "--no-audit", "--no-fund"];
    run(project, "npm", "install", ...quiet, `./${filename}`);
    installed = join(project, "node_modules/@sluice/client");
    manifest = JSON.parse(readFileSync(join(installed, "package.json"), "utf8")) as Manifest;
  });
  after(() => rmSync(project, { recursive: true, force: true }));

  test("has its licence, and none of its tests", () => {
    for (const file of ["LICENSE", "README.md"]) assert.ok(existsSync(join(installed, file)), file);
    for (const folder of ["dist/test", "dist/driver", "src"]) {
      assert.ok(!existsSync(join(installed, folder)), folder);
    }
  });

  test("gives every export that it names", () => {
    const paths = Object.keys(manifest.exports);
    assert.ok(paths.includes("."));
    for (const path of paths) {
      const module = join(manifest.name, path);
      // How JSON is imported has changed between the versions of Node.js.
      const isJson = path.endsWith(".json");
      const got = isJson ? `require("${module}")` : `await import("${module}")`;
      const type = `--input-type=${isJson ? "commonjs" : "module"}`;
      const script = `console.log(...Object.keys(${got}))`;
      const names = run(project, process.execPath, type, "-e", script);
      assert.match(names, isJson ? /\bversion\b/ : /\bSluiceClient\b/, path);
    }
  });

  test("gives the types of every export", () => {
    const modules = Object.entries(manifest.exports).filter(([, to]) => typeof to !== "string");
    const lines = modules.map(
      ([path], i) => `export type * as m${i} from "${join(manifest.name, path)}";`,
    );
    lines.push(`import { type ClientOptions, SluiceClient } from "${manifest.name}";`);
    lines.push(`export const make = (o: ClientOptions): SluiceClient => new SluiceClient(o);`);
    writeFileSync(join(project, "consumer.ts"), lines.join("\n"));
    const node = ["--module", "NodeNext", "--target", "ES2022", "--types", "node"];
    run(project, compiler, "--noEmit", "--strict", "--skipLibCheck", ...node, "consumer.ts");
  });
});
