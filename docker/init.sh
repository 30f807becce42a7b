#!/bin/sh
# Before the services start: Airflow's tables, one pool a registry, the administrator's password. Safe to repeat.
set -eu
airflow db migrate
vlekkeloos pools > /tmp/pools.json
airflow pools import /tmp/pools.json
umask 077
python3 - <<'PYTHON'
import json
import os

with open(os.environ["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_PASSWORDS_FILE"], "w") as file:
    json.dump({"admin": os.environ["AIRFLOW_ADMIN_PASSWORD"]}, file)
PYTHON
