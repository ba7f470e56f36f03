# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# What it finds depends on the host; that it agrees with itself does not.
"$postern" doctor --json >diagnosis
json=$?
"$postern" doctor >text
text=$?
/usr/bin/python3 - $json $text <<'END'
import json, sys
said = json.load(open("diagnosis"))
text = open("text").read()
status = 0 if said["could_start"] else 1
print("statuses agree:", sys.argv[1:] == [str(status)] * 2)
print("all checks are in the text:", all(
    f"{c['verdict']:8} {c['wanted']}: {c['found']}\n" in text for c in said["checks"]))
print("remedies with all that is not ok:", all(
    c["verdict"] == "ok" or c["remedy"] and c["consequence"] for c in said["checks"]))
print([c["name"] for c in said["checks"]])
END
