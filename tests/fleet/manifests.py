# SPDX-License-Identifier: GPL-2.0-only
"""Checks manifests of Kubernetes without a cluster: manifests.py FILE...

If python3-kubernetes has a model of a kind, each field must be in the model and have the type that
the model gives it, and no required field may be missing. The kinds of resource.k8s.io/v1 are newer
than Debian's python3-kubernetes. Of these only the required fields in the table below are checked.
Prints "ok", "not ok" or "skipped" for each document.
"""

import re
import sys

import yaml

try:
    from kubernetes import client
except ImportError:
    client = None

# The required fields, from the API reference of Kubernetes 1.36. "[]" stands for each element of a
# list, "*" for each value of a map.
NEWER = {
    ("resource.k8s.io/v1", "DeviceClass"): ["metadata.name", "spec.selectors.[].cel.expression"],
    ("resource.k8s.io/v1", "ResourceSlice"): [
        "metadata.name", "spec.driver", "spec.nodeName", "spec.pool.name", "spec.pool.generation",
        "spec.pool.resourceSliceCount", "spec.devices.[].name", "spec.devices.[].attributes.*",
        "spec.devices.[].capacity.*.value"],
    ("resource.k8s.io/v1", "ResourceClaimTemplate"): [
        "metadata.name", "spec.spec.devices.requests.[].name", "spec.spec.devices.requests.[].exactly.deviceClassName"],
}
NO_SCHEMA = {("kustomize.config.k8s.io/v1beta1", "Kustomization"): ["resources.[]", "configMapGenerator.[].name"]}
MODELS = {"v1": "V1", "apps/v1": "V1", "rbac.authorization.k8s.io/v1": "V1"}


def check(value, wanted, at, wrong):
    """Adds to @wrong how @value, at the path @at, differs from the type @wanted. The name of the type
    is in the notation of python3-kubernetes, for example "list[V1Volume]"."""
    if match := re.match(r"list\[(.*)\]$", wanted):
        if not isinstance(value, list):
            wrong.append(f"{at} is no list")
        else:
            for i, one in enumerate(value):
                check(one, match[1], f"{at}[{i}]", wrong)
    elif match := re.match(r"dict\(str, (.*)\)$", wanted):
        if not isinstance(value, dict):
            wrong.append(f"{at} is no map")
        else:
            for key, one in value.items():
                check(one, match[1], f"{at}.{key}", wrong)
    elif wanted in ("str", "int", "bool", "float"):
        if type(value).__name__ != wanted:
            wrong.append(f"{at} is {value!r}, no {wanted}")
    elif wanted != "object" and not hasattr(client, wanted):
        wrong.append(f"{at}: no model {wanted}")
    elif wanted not in ("object", "datetime"):
        check_model(value, getattr(client, wanted), at, wrong)


def check_model(value, model, at, wrong):
    if not isinstance(value, dict):
        wrong.append(f"{at} is no map")
        return
    names = {in_yaml: name for name, in_yaml in model.attribute_map.items()}
    known = {}
    for key, one in value.items():
        if key not in names:
            wrong.append(f"{at}.{key}: no such field")
        else:
            known[names[key]] = one
            check(one, model.openapi_types[names[key]], f"{at}.{key}", wrong)
    try:
        model(**known)      # raises ValueError if a required field is missing
    except ValueError as error:
        wrong.append(f"{at}: {error}")


def missing(value, path, at, wrong):
    if not path:
        return
    first, rest = path[0], path[1:]
    if first in ("[]", "*"):
        if not isinstance(value, list if first == "[]" else dict) or not value:
            wrong.append(f"{at} is no list or map, or empty")
            return
        for i, one in enumerate(value) if first == "[]" else value.items():
            missing(one, rest, f"{at}[{i}]", wrong)
    elif not isinstance(value, dict) or value.get(first) is None:
        wrong.append(f"{at}.{first} is missing")
    else:
        missing(value[first], rest, f"{at}.{first}", wrong)


def document(name, doc):
    kind = (doc.get("apiVersion"), doc.get("kind"))
    wrong, what = [], f"{name}: {kind[1]} {doc.get('metadata', {}).get('name', '')}".rstrip()
    required = NEWER.get(kind) or NO_SCHEMA.get(kind)
    if required:
        for path in required:
            missing(doc, path.split("."), kind[1], wrong)
        what += " (required fields only)"
    elif kind[0] not in MODELS:
        wrong.append(f"no schema of {kind[0]}")
    elif client is None:
        print(f"skipped {what}: python3-kubernetes is not installed (lab/deps --fleet)")
        return False
    else:
        check(doc, MODELS[kind[0]] + kind[1], kind[1], wrong)
    print(f"{'not ok' if wrong else 'ok'} {what}")
    for line in wrong:
        print(f"#   {line}")
    return bool(wrong)


def main():
    failed = False
    for path in sys.argv[1:]:
        with open(path, encoding="utf-8") as file:
            for doc in yaml.safe_load_all(file):
                failed |= document(path.rpartition("/")[2], doc)
    return failed


if __name__ == "__main__":
    sys.exit(main())
