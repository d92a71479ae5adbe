// emulate's GitHub on a free port of 127.0.0.1, with what it lacks: node main.mjs [PORT]
//
// emulate keeps its store to itself; we are told of it when its plug-in registers.

import "./clock.mjs";
import { Server } from "node:http";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";

const listen = Server.prototype.listen;
Server.prototype.listen = function (...where) {
  this.keepAliveTimeout = 0; // a test that takes its time finds its connection as it was
  return listen.apply(this, where);
};

const home = dirname(process.argv[2]); // .../emulate/dist/api.js
const { readdirSync, readFileSync } = await import("node:fs");
const plugin = readdirSync(home).find(
  (name) => name.endsWith(".js") && readFileSync(join(home, name), "utf8").includes("export {\n  createAppKeyResolver"),
);
const load = (name) => import(pathToFileURL(join(home, name)).href);
const { githubPlugin, getGitHubStore, seedFromConfig } = await load(plugin);
const { createEmulator } = await load("api.js");
const { World } = await import("./world.mjs");
const { front } = await import("./front.mjs");

const register = githubPlugin.register;
githubPlugin.register = function (app, store, webhooks, baseUrl, tokens) {
  register.call(this, app, store, webhooks, baseUrl, tokens);
  const seed = (config) => seedFromConfig(store, baseUrl, config);
  const world = new World(store, getGitHubStore(store), tokens, baseUrl, seed);
  app.fetch = front(app.fetch, world);
};
const { url } = await createEmulator({ service: "github", port: Number(process.argv[3] ?? 0), seed: { tokens: {} } });
console.log(url);
process.stdin.on("end", () => process.exit(0)); // whoever started us is gone
process.stdin.resume();
