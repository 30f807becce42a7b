#!/bin/sh
# Gives Airflow the Connections to the sandbox in folder $1, from the variables that it wrote for a run without
# Airflow. There it is on this machine; here the others find it under the name $2.
set -eu
umask 077
folder=$(mktemp -d)
python3 - "$1/connections.env" "$folder/connections.json" "$2" <<'PYTHON'
import json
import pathlib
import shlex
import sys

variables, target, name = sys.argv[1:]
connections = {}
for line in pathlib.Path(variables).read_text().splitlines():
    variable, _, value = shlex.split(line)[0].partition("=")
    connection = json.loads(value)
    if "host" in connection:
        connection["host"] = connection["host"].replace("//127.0.0.1:", f"//{name}:")
    connections[variable.removeprefix("AIRFLOW_CONN_").lower()] = connection
pathlib.Path(target).write_text(json.dumps(connections))
PYTHON
airflow connections import --overwrite "$folder/connections.json"
rm -r "$folder"
