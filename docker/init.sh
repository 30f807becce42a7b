#!/bin/sh
# Before the services start: Airflow's tables, one pool a registry, the administrator's password. Safe to repeat.
set -eu
umask 077
airflow db migrate
pools=$(mktemp)
vlekkeloos pools > "$pools"
airflow pools import "$pools"
rm "$pools"
python3 - <<'PYTHON'
import json
import os

with open(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"], "w") as file:
    json.dump({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}, file)
PYTHON
