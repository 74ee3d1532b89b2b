#!/usr/bin/python
# SPDX-License-Identifier: GPL-2.0-only
"""Returns the facts that the role needs about a machine. It changes nothing."""

DOCUMENTATION = r"""
module: daxplug_info
short_description: Which of daxplug's packages, module and boot parameters a machine has
options:
  command:
    description: The daxplug command.
    type: str
    default: daxplug
  policy_file:
    description: The policy file that is to be written.
    type: path
  packages:
    description: Debian packages whose versions are returned.
    type: list
    elements: str
    default: []
"""

RETURN = r"""
release: {type: str, description: The running kernel's release.}
architecture: {type: str, description: "As dpkg names it, or null without dpkg."}
packages: {type: dict, description: The version of each package that is installed.}
version: {type: str, description: "The command's version, or null."}
module_loaded: {type: str, description: "The version of daxplug's kmem that is loaded; kernel: the kernel's own; or null."}
module_installed: {type: str, description: "The version of daxplug's kmem that modprobe would load, or null."}
headers: {type: bool, description: Whether the running kernel's headers are installed.}
driver: {type: list, description: "Findings of daxplug doctor about driver and module, in lines of text."}
cmdline: {type: str, description: The running kernel's command line.}
has_update_grub: {type: bool, description: Whether there is a program update-grub.}
has_policy_dir: {type: bool, description: Whether the directory of O(policy_file) exists.}
"""

import json
import os

from ansible.module_utils.basic import AnsibleModule

# Tests set both variables. The command uses them in the same way.
ROOT = os.environ.get("DAXPLUG_ROOT", "")
SYSFS = os.environ.get("DAXPLUG_SYSFS", "/sys")
ABOUT_THE_DRIVER = ("kmem-driver", "module-file")   # ids of findings, see daxplug(8)


def first_line(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.readline().strip()
    except OSError:
        return None


def output(module, *command):
    """Returns the output of a program, or None if it fails or does not exist."""
    try:
        code, out, _ = module.run_command(list(command), handle_exceptions=False)
    except OSError:
        return None
    return None if code else out.strip()


def installed(module, names):
    """Returns the versions. A package that is removed but not purged counts as not installed."""
    versions = {}
    for name in names:
        said = output(module, "dpkg-query", "-W", "-f", "${db:Status-Status} ${Version}", name)
        if said and said.startswith("installed "):
            versions[name] = said.split()[1]
    return versions


def loaded():
    if not os.path.isdir(os.path.join(SYSFS, "module/kmem")):
        return None
    return first_line(os.path.join(SYSFS, "module/kmem/version")) or "kernel"


def driver(module, command):
    code, out, _ = module.run_command([command, "doctor", "--json"])
    try:
        findings = json.loads(out)["findings"]
    except (ValueError, KeyError):
        return [f"{command} doctor printed no JSON and ended with exit code {code}"]
    return [f"{f['about']}: {f['text']}" + (f"; next: {f['next']}" if f["next"] else "")
            for f in findings if f["id"] in ABOUT_THE_DRIVER]


def main():
    module = AnsibleModule(
        argument_spec={"command": {"type": "str", "default": "daxplug"},
                       "policy_file": {"type": "path"},
                       "packages": {"type": "list", "elements": "str", "default": []}},
        supports_check_mode=True)
    command, release = module.params["command"], os.uname().release
    version = output(module, command, "--version")
    module.exit_json(
        changed=False, release=release, architecture=output(module, "dpkg", "--print-architecture"),
        packages=installed(module, module.params["packages"]),
        version=version.split()[-1] if version else None,
        module_loaded=loaded(),
        module_installed=output(module, "modinfo", "-k", release, "-F", "version", "kmem") or None,
        headers=os.path.exists(f"{ROOT}/lib/modules/{release}/build/Makefile"),
        driver=driver(module, command) if version else [],
        cmdline=first_line(f"{ROOT}/proc/cmdline") or first_line("/proc/cmdline") or "",
        has_update_grub=module.get_bin_path("update-grub") is not None,
        has_policy_dir=os.path.isdir(os.path.dirname(module.params["policy_file"] or "/")))


if __name__ == "__main__":
    main()
