// emulate's store, and what we keep in it besides: who is called how, who may what, in which
// order things happened, reactions, sub-issues, references.

import { set } from "./clock.mjs";
import { hook } from "./history.mjs";

export const RANKS = ["none", "read", "triage", "write", "maintain", "admin"];

export class Refused extends Error {
  constructor(status, message, errors) {
    super(message);
    this.status = status;
    this.body = { message, ...(errors && { errors }), documentation_url: "https://docs.github.com/rest", status: String(status) };
  }
}

export const invalid = (resource, field, code, more) =>
  new Refused(422, "Validation Failed", [{ resource, field, code, ...more }]);

export class World {
  constructor(store, gh, tokens, baseUrl, seed) {
    Object.assign(this, { store, gh, tokens, baseUrl, seed, saved: [] });
    this.reactions = store.collection("ima.reactions", ["on"]); // on: "comment 7", "issue 3"
    this.children = store.collection("ima.sub_issues", ["parent", "child"]); // ids of issues
    hook(this);
  }

  at(moment) {
    set(moment ? Number(moment) : null);
  }

  // One number for each thing that happens, over all kinds.
  turn() {
    const turn = (this.store.getData("turn") ?? 0) + 1;
    this.store.setData("turn", turn);
    return turn;
  }

  user(login) {
    const wanted = String(login).toLowerCase();
    return this.gh.users.all().find((each) => each.login.toLowerCase() === wanted);
  }

  repo(path) {
    const wanted = path.toLowerCase();
    return this.gh.repos.all().find((each) => each.full_name.toLowerCase() === wanted);
  }

  role(repo, user) {
    const there = user && this.gh.collaborators.findBy("repo_id", repo.id).find((each) => each.user_id === user.id);
    if (!there) return repo.private ? "none" : "read";
    return { push: "write", pull: "read" }[there.permission] ?? there.permission;
  }

  may(repo, user, least) {
    return RANKS.indexOf(this.role(repo, user)) >= RANKS.indexOf(least);
  }

  setRole(repo, user, role) {
    const { collaborators } = this.gh;
    for (const each of collaborators.findBy("repo_id", repo.id)) {
      if (each.user_id === user.id) collaborators.delete(each.id);
    }
    const permission = { write: "push", read: "pull" }[role] ?? role;
    if (role) collaborators.insert({ repo_id: repo.id, user_id: user.id, permission });
  }

  issue(repo, number) {
    const found = this.gh.issues.findBy("number", Number(number)).find((each) => each.repo_id === repo.id);
    if (!found) throw new Refused(404, "Not Found");
    return found;
  }

  comment(repo, id) {
    const found = this.gh.comments.get(Number(id));
    if (found?.repo_id !== repo.id || found.comment_type !== "issue") throw new Refused(404, "Not Found");
    return found;
  }

  // Whom GitHub lets be assigned: members, and who has commented on the issue.
  assignable(repo, user, issue) {
    if (!user) return false;
    const said = (each) => each.issue_number === issue?.number && each.user_id === user.id;
    return this.may(repo, user, "triage") || (issue && this.gh.comments.findBy("repo_id", repo.id).some(said));
  }

  // The label as it is written here: names are one whatever their case.
  label(repo, name) {
    const wanted = String(name).toLowerCase();
    return this.gh.labels.findBy("repo_id", repo.id).find((each) => each.name.toLowerCase() === wanted);
  }

  save() {
    return this.saved.push(this.store.snapshot()) - 1;
  }

  restore(number) {
    this.store.restore(this.saved[number]);
  }

  clear() {
    this.saved = [];
    this.store.reset();
    this.tokens.clear();
  }
}
