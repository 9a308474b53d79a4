# cluster.sh - a PostgreSQL of one's own, for comparing. To be sourced after `set -u`.
#
# postgres_start FOLDER makes a cluster below an existing folder and starts it, postgres_stop ends
# it by its own process id. It listens on a socket in that folder and nowhere else, and commits to
# disk (fsync and synchronous_commit are on). PostgreSQL does not run as root: then it runs as the
# user that its package made.
PGBIN=${PGBIN:-/usr/lib/postgresql/15/bin}
POSTGRES=
PGJOB=
PGFOLDER=
here_sql=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)

as_postgres()
{
    if [ "$(id -u)" = 0 ]; then
        (cd / && setpriv --reuid postgres --regid postgres --init-groups "$@")
    else
        "$@"
    fi
}

postgres_there() { [ -x "$PGBIN/postgres" ] && { [ "$(id -u)" != 0 ] || id postgres >/dev/null 2>&1; }; }

# Settings that help it: memory for everything, no checkpoint in the middle of a run. Those of
# durability are PostgreSQL's own, and written down.
postgres_settings()
{
    local quarter
    quarter=$(awk '/^MemTotal/ { m = $2 / 4096; print int(m > 4096 ? 4096 : m) }' /proc/meminfo)
    cat <<END
listen_addresses = ''
unix_socket_directories = '$PGFOLDER'
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = ${PGBUFFERS:-$quarter}MB
max_wal_size = 16GB
checkpoint_timeout = 1h
wal_buffers = 64MB
work_mem = 64MB
random_page_cost = 1.1
jit = off
plan_cache_mode = force_generic_plan
max_connections = 100
timezone = 'UTC'
END
}

postgres_start()
{
    PGFOLDER=$1/postgres
    mkdir "$PGFOLDER"
    if [ "$(id -u)" = 0 ]; then
        chmod 711 "$1"
        chown postgres:postgres "$PGFOLDER"
    fi
    as_postgres "$PGBIN/initdb" -D "$PGFOLDER/data" -A trust -U saldo -E UTF8 --locale=C \
        >"$1/initdb.log" 2>&1 || { cat "$1/initdb.log" >&2; return 1; }
    postgres_settings >>"$PGFOLDER/data/postgresql.conf"
    as_postgres "$PGBIN/postgres" -D "$PGFOLDER/data" >"$1/postgres.log" 2>&1 &
    PGJOB=$!
    export PGHOST=$PGFOLDER PGUSER=saldo PGDATABASE=postgres
    for _ in $(seq 100); do
        [ -f "$PGFOLDER/data/postmaster.pid" ] && "$PGBIN/pg_isready" -q && break
        kill -0 $PGJOB 2>/dev/null || break
        sleep 0.1
    done
    POSTGRES=$(head -1 "$PGFOLDER/data/postmaster.pid" 2>/dev/null) && "$PGBIN/pg_isready" -q ||
        { tail -5 "$1/postgres.log" >&2; return 1; }
}

# Fast shutdown, and wait for its end.
postgres_stop()
{
    [ -n "$POSTGRES" ] || return 0
    kill -INT "$POSTGRES" 2>/dev/null
    for _ in $(seq 300); do
        kill -0 "$POSTGRES" 2>/dev/null || break
        sleep 0.1
    done
    kill -KILL "$POSTGRES" 2>/dev/null
    wait "$PGJOB" 2>/dev/null
    POSTGRES=
}

sql() { "$PGBIN/psql" -X -q -t -A -v ON_ERROR_STOP=1 "$@"; }

# A database with the tables and functions, and the county of world.sql.
postgres_county()
{
    sql -c "create database $1" && export PGDATABASE=$1 &&
        sql -f "$here_sql/schema.sql" -f "$here_sql/charge.sql" -f "$here_sql/batch.sql" &&
        sql -1 -f "$2"
}
