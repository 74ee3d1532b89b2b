#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-only
"""Applies the policy of daxplug.conf(5) to DAX devices, and returns the result of each device.

It runs "daxplug apply --json" (in check mode with --check) and sorts the output by
device. With content= it checks a policy file that has not been written yet.
"""

DOCUMENTATION = r"""
module: daxplug_apply
short_description: Apply the policy of daxplug to DAX devices, or check it
options:
  command:
    description: The daxplug command.
    type: str
    default: daxplug
  policy_file:
    description: The policy file that O(content) is for.
    type: path
  content:
    description:
      - The future content of O(policy_file). With O(validate_only), and in check mode, the policy is checked
        as if it had been written. Otherwise it is not used.
    type: str
  validate_only:
    description: Only check O(content) for errors. Nothing is changed, and devices are not read.
    type: bool
    default: false
"""

RETURN = r"""
devices:
  description: One entry for each device, sorted by name.
  type: list
  contains:
    name: {type: str}
    result: {type: str, description: "changed, unchanged, refused, no_rule or rule_has_error"}
    rule: {type: str, description: "The rule of the policy that matches it, or null."}
    state: {type: str, description: The state after this task.}
    changes: {type: list, description: "what, is, want, outcome, reason, next of each difference"}
    reason: {type: str, description: "Why, if it is refused, or would or may be."}
refused:
  description: Names of the devices that are refused or, in check mode, would or may be.
  type: list
report:
  description: The same in lines of text.
  type: list
notes:
  description: The parts of the policy that have no effect, in lines of text.
  type: list
exit:
  description: The exit code of the command, see daxplug(8).
  type: int
"""

import json
import os
import re
import shutil
import tempfile

from ansible.module_utils.basic import AnsibleModule

DROP_INS = "daxplug.conf.d"
USAGE = 2       # wrong usage, or an error in the policy


class Daxplug:
    """The command, and a directory for policy files that are not written yet."""

    def __init__(self, module):
        self.module = module
        self.command = module.params["command"]
        self.temporary = None

    def run(self, *arguments):
        code, out, err = self.module.run_command([self.command, *arguments])
        try:
            answer = json.loads(out) if out.strip() else None
        except ValueError:
            answer = None
        return code, answer, err.strip()

    def run_json(self, *arguments):
        """Does the same as run(), with --json. Fails if the command prints no JSON."""
        code, answer, err = self.run(*arguments, "--json")
        if answer is None:
            self.module.fail_json(exit=code, msg=f"{self.command} {' '.join(arguments)} printed no JSON and ended "
                                  f"with exit code {code}: {err}")
        return code, answer, err

    def candidate(self, alone):
        """Makes a directory with the files of the future policy, in the order of daxplug.conf(5);
        alone: only the new file. Returns the options for daxplug, and the real name of each copy."""
        path, content = self.module.params["policy_file"], self.module.params["content"]
        drop_ins, main = {}, None
        if not alone:
            for file in self.run_json("apply", "--print")[1]["files"]:
                if file["status"] != "read":
                    continue
                if os.path.basename(os.path.dirname(file["file"])) == DROP_INS:
                    drop_ins[os.path.basename(file["file"])] = file["file"]
                else:
                    main = file["file"]
        if os.path.basename(os.path.dirname(path)) == DROP_INS:
            drop_ins[os.path.basename(path)] = path
        else:
            main = path
        order = [drop_ins[name] for name in sorted(drop_ins)] + ([main] if main else [])
        self.temporary = tempfile.mkdtemp(prefix="daxplug-", dir=self.module.tmpdir)
        stands_for = {}
        for i, source in enumerate(order):
            copy = os.path.join(self.temporary, f"{i:04}-{os.path.basename(source)}")
            stands_for[copy] = source
            if source == path:
                with open(os.open(copy, os.O_WRONLY | os.O_CREAT, 0o600), "w", encoding="utf-8") as file:
                    file.write(content)
            else:
                shutil.copyfile(source, copy)
                os.chmod(copy, 0o600)
        return ["--config", self.temporary], stands_for

    def close(self):
        if self.temporary:
            shutil.rmtree(self.temporary, ignore_errors=True)


def with_real_names(text, stands_for):
    for copy, source in stands_for.items():
        text = text.replace(copy, source)
    return text


def outcome_of(entries, check):
    """Returns changed, unchanged or refused, and the reason."""
    reasons = [e["reason"] for e in entries if e.get("reason")]
    bad = [e for e in entries if e["outcome"] in ("failed", "not_begun") or (check and e.get("exit"))]
    if bad:
        text = next((e["reason"] for e in bad if e.get("reason")), None)
        return "refused", text or f"{bad[0]['what']}: {bad[0]['outcome']}"
    return ("changed" if entries else "unchanged"), reasons[0] if reasons else None


def sort_by_device(printed, results, states, check):
    devices = []
    for wanted in sorted(printed["devices"], key=lambda d: [int(n) for n in re.findall(r"\d+", d["name"])]):
        entries = [r for r in results if r["name"] == wanted["name"]]
        result, reason = outcome_of(entries, check)
        if wanted["rule"] is None:
            result = "no_rule"
        elif wanted.get("error"):
            result, reason = "rule_has_error", "its rule has an error, so it is left alone"
        devices.append({"name": wanted["name"], "result": result, "reason": reason, "rule": wanted["rule"],
                        "state": states.get(wanted["name"]),
                        "changes": [{k: e.get(k) for k in ("what", "is", "want", "outcome", "exit", "errno", "step",
                                                           "reason", "next")} for e in entries]})
    return devices


def line_of(device, check):
    text = f"{device['name']}: {device['result'].replace('_', ' ')}"
    if check and device["result"] == "changed":
        text = f"{device['name']}: would be changed"
    elif check and device["result"] == "refused":
        text = f"{device['name']}: would or may be refused"
    if device["changes"]:
        text += ", " + ", ".join(f"{c['what']} {c['is'] or '?'} -> {c['want']}" for c in device["changes"])
    if device["reason"]:
        text += f": {device['reason']}"
    following = next((c["next"] for c in device["changes"] if c["next"]), None)
    return text + (f"; next: {following}" if following else "")


def diff_of(devices):
    pairs = [(d["name"], c) for d in devices for c in d["changes"] if c["outcome"] in ("done", "differs")]
    return {"before_header": "DAX devices", "after_header": "DAX devices",
            "before": "".join(f"{name} {c['what']} {c['is']}\n" for name, c in pairs),
            "after": "".join(f"{name} {c['what']} {c['want']}\n" for name, c in pairs)}


def validate(module, daxplug):
    """Checks only the file that is about to be written."""
    where, stands_for = daxplug.candidate(alone=True)
    code, _, err = daxplug.run("apply", "--check-config", *where)
    err = with_real_names(err, stands_for)
    if code:
        module.fail_json(exit=code, msg=f"the policy is not written, because it has an error: {err}")
    module.exit_json(changed=False, exit=code, notes=err.splitlines())


def apply(module, daxplug):
    check = module.check_mode
    where, stands_for = daxplug.candidate(alone=False) if check and module.params["content"] is not None else ([], {})
    code, answer, err = daxplug.run_json("apply", *(["--check"] if check else []), *where)
    err = with_real_names(err, stands_for)
    if code == USAGE:
        module.fail_json(exit=code, msg=f"the policy has an error; what has none was "
                         f"{'looked at' if check else 'applied'}: {err}")
    printed = daxplug.run_json("apply", "--print", *where)[1]
    states = {d["name"]: d["state"] for d in daxplug.run_json("list")[1]["devices"]}
    devices = sort_by_device(printed, answer["results"], states, check)
    notes = []
    for kind in ("unmatched", "unmet", "missing", "warnings"):
        for n in answer.get(kind) or []:
            name = n["name"] if n.get("name") else f"rule {n['rule']}"
            notes.append(f"{name}: {n['reason']} [{n['rule']}, {stands_for.get(n['file'], n['file'])}:{n['line']}]")
    module.exit_json(changed=any(c["outcome"] in ("done", "differs") for d in devices for c in d["changes"]),
                     devices=devices, notes=notes, exit=code, diff=diff_of(devices),
                     refused=[d["name"] for d in devices if d["result"] == "refused"],
                     report=[line_of(d, check) for d in devices])


def main():
    module = AnsibleModule(
        argument_spec={"command": {"type": "str", "default": "daxplug"}, "policy_file": {"type": "path"},
                       "content": {"type": "str"}, "validate_only": {"type": "bool", "default": False}},
        required_by={"content": ["policy_file"]}, required_if=[("validate_only", True, ["content"])],
        supports_check_mode=True)
    daxplug = Daxplug(module)
    try:
        if module.params["validate_only"]:
            validate(module, daxplug)
        else:
            apply(module, daxplug)
    finally:
        daxplug.close()


if __name__ == "__main__":
    main()
