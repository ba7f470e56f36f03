# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# The beginning of a module in Python can be imported, and its functions are those that the manifest
# asks for, so that `postern check` is content with it.
"$postern" gen python-module "$here/../../contexts/sysctl/context.yaml"
"$postern" gen --output . python-module "$here/../../contexts/sysctl/context.yaml"
"$postern" gen --output . python-module "$here/../../contexts/address/context.yaml"
ls *_functions.py
sed -e "s|^python: .*|python: $PWD/sysctl_functions.py|" -e 's/alice/root/' \
	"$here/../../contexts/sysctl/context.yaml" >sysctl.yaml
sed -e "s|^module: .*|python: $PWD/address_functions.py|" -e 's/alice/root/' \
	"$here/../../contexts/address/context.yaml" >address.yaml
"$postern" check --module sysctl.yaml address.yaml 2>/dev/null
PYTHONPATH="$here/../../userspace/python" PYTHONDONTWRITEBYTECODE=1 /usr/bin/python3 -c '
import address_functions, sysctl_functions, typing
print(typing.get_type_hints(sysctl_functions.set_reverse_path_filter))
print(typing.get_type_hints(address_functions.list_routes))
try:
    sysctl_functions.read_setting("lo", "forwarding")
except NotImplementedError as stub:
    print(type(stub).__name__)
'
# A word of the language is no name of a function or parameter.
"$postern" gen python-module "$here/gen/every.yaml"
