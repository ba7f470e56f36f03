# SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
# Functions in Python are parsed and held against the manifest; none of the module's code runs.
cat >context.yaml <<END
context: volumes
python: $PWD/volumes.py
user: root
group: root
callers: {users: [root]}
entrypoints:
  remove_volume:
    arguments: {volume: string, force: {type: boolean, optional: true}}
  list-volumes:
    result: {type: list, element: string}
END
check() {
	"$postern" check --module context.yaml 2>&1 | grep -v warning
}
cat >volumes.py <<END
from postern.entrypoint import entrypoint
import os
print("THE MODULE'S CODE RAN")
os.abort()

@entrypoint
def remove_volume(volume, force=False):
    pass

@entrypoint
def list_volumes():
    return []
END
check
echo '-- parameters'
sed 's/force=False/froce=False/; s/list_volumes()/list_volumes(pool)/' volumes.py >changed.py
mv volumes.py good.py && mv changed.py volumes.py && check
echo '-- by any name'
sed 's/force=False/**more/' good.py >volumes.py && check
echo '-- missing'
sed 's/def remove_volume/def remove_volumes/' good.py >volumes.py && check
echo '-- a mark'
sed '0,/^@entrypoint/s/^@entrypoint//' good.py >volumes.py && check
echo '-- another decorator'
sed 's/^@entrypoint/@functools.cache/; s/volume, force=False/anything/' good.py >volumes.py && check
echo '-- async'
sed 's/^def list/async def list/' good.py >volumes.py && check
echo '-- imported'
sed 's/^def remove_volume/def _remove_volume/' good.py >volumes.py
echo 'from elsewhere import remove_volume' >>volumes.py && check
echo '-- in branches'
printf 'try:\n    import fast\nexcept ImportError:\n    def remove_volume(volume): pass\ndef list_volumes(): pass\n' >volumes.py
check
echo '-- no Python'
echo 'def (' >volumes.py && check
printf 'a\0b' >volumes.py && check
awk 'BEGIN { for (i = 0; i < 100000; i++) printf "("; print "" }' >volumes.py && check
rm volumes.py && mkfifo volumes.py && check
rm volumes.py && check
"$postern" check context.yaml 2>&1 | grep -c warning
